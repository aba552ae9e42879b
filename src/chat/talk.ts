import type {
  ChatMessage,
  ChatStore,
  HistoryPage,
  HistoryQuery,
  NewChatMessage,
} from "../db/chat_store.ts";
import { lastingPart, type SharedChatStore } from "../db/shared_chat_store.ts";
import type { Closable } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { MetricWriter } from "../metrics.ts";
import { CHAT_LIMITS } from "../session/chat_protocol.ts";
import type { RequestId } from "../session/protocol.ts";
import type { RateLimitOptions } from "../session/rate_limit.ts";
import { AddressRates } from "./address_rates.ts";
import type { ChatCircle } from "./chat_circle.ts";
import { chatFrame, presenceFrame, saidFrame } from "./chat_frames.ts";
import type { HistoryRequest, JoinRequest, SayRequest } from "./desk_messages.ts";
import { type HistoryBounds, historyBounds, historyFrame } from "./history_frame.ts";
import { HistoryKeeper, type Outcome } from "./history_keeper.ts";
import { joinedHistory } from "./joined_history.ts";
import { batchBytesMax, saidBytes } from "./message_bytes.ts";
import { idTimeMs, type MessageIds } from "./message_ids.ts";
import { OngoingReads } from "./ongoing_reads.ts";
import { type Reader, ReadQueue } from "./read_queue.ts";
import {
  acknowledge,
  conclude,
  enter,
  holdBack,
  refuse,
  refuseHistory,
  saidEntries,
  tell,
} from "./replies.ts";
import type { Member, Room } from "./room.ts";
import { type LineEntry, RoomLine } from "./room_line.ts";
import type { SaidElsewhere } from "./server_words.ts";

/** The rooms of a desk, as their talk needs them. */
export interface TalkRooms {
  readonly rooms: ReadonlyMap<string, Room>;
  /** Whether the history is being kept has changed. */
  onKept(kept: boolean): void;
}

/** What bounds a talk. */
export interface TalkLimits {
  /** What one address may say in all rooms, in bytes as `saidBytes` counts them. */
  readonly saidRate: RateLimitOptions;
  /** High-water mark of a client's socket: it bounds what a room is told, and a history has, at once. */
  readonly sendBufferBytesMax: number;
}

/** What a talk needs where it is shared with other servers. */
export interface SharedTalk {
  readonly circle: Pick<ChatCircle, "say">;
  readonly store: SharedChatStore;
  readonly counters: MetricWriter;
}

const EMPTY_PAGE: HistoryPage = { messages: [], more: false };
/** There is something to be asked for. */
const UNREAD_PAGE: HistoryPage = { messages: [], more: true };
const READ_DEADLINE_MS = 2000;
const BEHIND = "the server must have room for it, is behind";
const HAS_LEFT = "must be in the room, has left it";
/** Of 100 messages and 512 KB at most, unless one is larger. */
const CATCH_UP_PAGES_MAX = 10;

const log = logger("chat");

/** What is said in the rooms: kept first, told then, and found again in the history. */
export class Talk implements Closable {
  readonly #ids: MessageIds;
  readonly #rooms: ReadonlyMap<string, Room>;
  readonly #store: ChatStore;
  readonly #keeper: HistoryKeeper;
  readonly #rates: AddressRates;
  /** What one is told whose address has said too much. */
  readonly #rateRule: string;
  readonly #reads: ReadQueue;
  /** For those who come in. */
  readonly #entrances = new OngoingReads();
  /** For those who ask. */
  readonly #answers = new OngoingReads();
  readonly #bounds: HistoryBounds;
  readonly #shared: SharedTalk | undefined;
  /** Of shared rooms. */
  readonly #lines = new Map<string, RoomLine>();
  #lookingOut: Promise<void> | undefined;
  #isClosing = false;

  constructor(
    store: ChatStore,
    ids: MessageIds,
    { rooms, onKept }: TalkRooms,
    { saidRate, sendBufferBytesMax }: TalkLimits,
    shared: SharedTalk | undefined,
  ) {
    this.#store = store;
    this.#ids = ids;
    this.#rooms = rooms;
    this.#bounds = historyBounds(sendBufferBytesMax);
    this.#shared = shared;
    this.#rates = new AddressRates(saidRate);
    this.#rateRule = `one address must say ${saidRate.perSecondMax} bytes a second at most, ` +
      `${saidRate.burstMax} at once`;
    this.#reads = new ReadQueue(() => this.#keeper.kept);
    this.#keeper = new HistoryKeeper(store, ids, batchBytesMax(sendBufferBytesMax), {
      onKept,
      isWatched: () => rooms.size > 0,
      ...(shared && { onLook: () => this.lookOut() }),
    });
  }

  /** A room comes into being. */
  open(room: Room): void {
    if (this.#shared !== undefined) this.#lines.set(room.name, this.#openLine(room));
  }

  /** Nobody is in the room any more. */
  shut(room: Room): void {
    this.#lines.get(room.name)?.close();
    this.#lines.delete(room.name);
  }

  /** A member is gone, and what is being read for it is for nobody. */
  left(room: Room, session: string): void {
    this.#entrances.stop(room.name, session);
    this.#answers.stop(room.name, session);
  }

  /**
   * Between the history and what it hears live, a newcomer misses nothing and gets nothing twice. Resolves
   * when it was told, or has left.
   */
  lead(room: Room, member: Member, request: JoinRequest): Promise<void> {
    return this.#entrances.run(room.name, member.session, async (signal) => {
      await this.#lines.get(room.name)?.opened;
      const { history: limit, after } = request;
      const { address } = member;
      const page = limit === 0
        ? EMPTY_PAGE
        : await this.#read({ purpose: "join", address, signal }, { room: room.name, limit, after });
      if (signal.aborted) return;
      // From here on nothing may be said in between.
      tell(member, this.#historyFrame(room, this.#leadingHistory(room, page, request)));
      tell(member, presenceFrame(room));
      enter(room, member);
    });
  }

  /** Answers a request for history. Resolves when that is concluded. */
  async tellHistory(room: Room, member: Member, request: HistoryRequest): Promise<void> {
    await this.#answers.run(room.name, member.session, async (signal) => {
      const { id, limit, before, after } = request;
      const { address } = member;
      const query = { room: room.name, limit, before, after };
      const page = await this.#read({ purpose: "request", address, signal }, query);
      if (signal.aborted) return refuseHistory(member, request, "not_joined", HAS_LEFT);
      if (page === undefined && this.#keeper.kept) {
        return refuseHistory(member, request, "rate_limited", BEHIND);
      }
      const isPending = this.#isPending(room);
      const known = page === undefined ? room.recent.messages() : [];
      const how = { limit, before, after, isPending };
      const history = joinedHistory(page ?? EMPTY_PAGE, known, how);
      conclude(member, request, this.#historyFrame(room, history, id));
    });
  }

  /** Takes what a member says. */
  say(room: Room, member: Member, request: SayRequest): void {
    const { content, key } = request;
    const earlier = room.recent.find(key);
    if (earlier !== undefined) {
      return acknowledge(member, request, saidEntries(earlier.message, earlier.stored));
    }
    const words = { room: room.name, username: member.username, content, key };
    if (!this.#rates.take(member.address, saidBytes(words), performance.now())) {
      return holdBack(member, request, this.#rateRule);
    }
    const timeMs = Date.now();
    const message = { ...words, id: this.#ids.next(timeMs), timeMs };
    const done = (outcome: Outcome) => this.#done(member, message, request, outcome);
    if (!this.#keeper.keep(message, member.address, done)) {
      refuse(member, request, "rate_limited", BEHIND);
    }
  }

  /** Takes what was said on another server. */
  heard({ message, key, previous, stored }: SaidElsewhere): void {
    const room = this.#rooms.get(message.room);
    const line = this.#lines.get(message.room);
    if (room === undefined || line === undefined) return;
    const { content } = message;
    // Too large to be said between servers.
    if (content === undefined) return void line.catchUp();
    if (stored) return line.accept({ message: { ...message, content }, key, previous });
    if (wasTold(room, message.id)) return;
    tellRoom(room, { message: { ...message, content }, key, stored, except: undefined });
  }

  /** Looks in the history for what other servers have written and nobody brought. */
  lookOut(): Promise<void> {
    this.#lookingOut ??= this.#readNews().finally(() => this.#lookingOut = undefined);
    return this.#lookingOut;
  }

  /** Lets what was said be kept first. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#reads.close();
    await this.#keeper.close();
    await this.#lookingOut;
    for (const line of this.#lines.values()) line.close();
    this.#lines.clear();
  }

  #openLine(room: Room): RoomLine {
    return new RoomLine({
      tell: ({ message, key, except }) => {
        // What is announced next comes after it, whoever's clock gave it its id.
        this.#ids.raise(message.id);
        tellRoom(room, { message, key, stored: true, except });
      },
      read: (after) =>
        after === undefined
          ? this.#read({ purpose: "room" }, { room: room.name, limit: 1 })
          : this.#readAbove(room.name, after),
      isPending: (id) => this.#keeper.isPending(id),
      wasTold: (id) => wasTold(room, id),
      recovered: (count, isAll) => {
        this.#shared?.counters.add("chat_messages_recovered", count);
        if (isAll) return;
        log.warn(
          "Too much was said elsewhere at once: the older messages are in the history alone",
          {
            code: "chat_messages_left_out",
          },
        );
      },
    }, this.#ids.next());
  }

  /** `undefined` when the history cannot be read, or too many want to. */
  async #read(reader: Reader, query: HistoryQuery): Promise<HistoryPage | undefined> {
    if (!this.#keeper.kept) return undefined;
    return await this.#reads.read(reader, () => this.#store.read(query, READ_DEADLINE_MS));
  }

  /** @param page `undefined` for one that could not be read */
  #leadingHistory(
    room: Room,
    page: HistoryPage | undefined,
    { history: limit, after }: JoinRequest,
  ): HistoryPage {
    // What could not be read is there to be asked for. What the room knows would cost as much as a page.
    if (page === undefined && this.#keeper.kept) return UNREAD_PAGE;
    const isPending = this.#isPending(room);
    return joinedHistory(page ?? EMPTY_PAGE, room.recent.messages(), { limit, after, isPending });
  }

  /** Reads all that a room has above an id, back from the newest; at most ten pages. */
  async #readAbove(room: string, after: string): Promise<HistoryPage | undefined> {
    const messages: ChatMessage[] = [];
    let more = true;
    for (let pages = 0; more && pages < CATCH_UP_PAGES_MAX; pages += 1) {
      const query = { room, limit: CHAT_LIMITS.historyMax, after, before: messages[0]?.id };
      const page = await this.#read({ purpose: "room" }, query);
      if (page === undefined) return undefined;
      messages.unshift(...page.messages);
      more = page.more;
    }
    return { messages, more };
  }

  /** Whether the room is still to be told a message that the history may have. */
  #isPending(room: Room): (id: string) => boolean {
    const line = this.#lines.get(room.name);
    if (line?.position === undefined) return (id) => this.#keeper.isPending(id);
    return (id) => !line.isPast(id) && !wasTold(room, id);
  }

  /** Whatever comes of telling the room: who said it is answered, and may say it again under its key. */
  #done(member: Member, message: NewChatMessage, request: SayRequest, outcome: Outcome): void {
    try {
      this.#said(member, message, request, outcome);
    } catch (error) {
      const { id, stored } = outcome;
      if (stored) acknowledge(member, request, saidEntries({ ...message, id }, stored));
      else refuse(member, request, "rate_limited", BEHIND);
      throw error;
    }
  }

  /** The message is in the history, or cannot be: now the room hears it. */
  #said(member: Member, message: NewChatMessage, request: SayRequest, outcome: Outcome): void {
    const { id, stored, previous } = outcome;
    // Nobody need be there any more.
    const room = this.#rooms.get(message.room);
    // It was sent again while the first still waited, which then could not be kept.
    const earlier = room?.recent.find(message.key);
    if (earlier !== undefined) {
      return acknowledge(member, request, saidEntries(earlier.message, earlier.stored));
    }
    if (outcome.isEarlier) {
      // One that was kept before the server's last start bears the time of then.
      return acknowledge(member, request, saidEntries({ id, timeMs: idTimeMs(id) }, stored));
    }
    const { key } = message;
    const said = { ...message, id };
    this.#shared?.circle.say(said, { key, previous, stored });
    const except = member.session;
    const told = () => acknowledge(member, request, saidEntries(said, stored));
    const line = this.#lines.get(message.room);
    if (line !== undefined && stored) {
      return line.accept({ message: said, key, previous, except, told });
    }
    if (room !== undefined) tellRoom(room, { message: said, key, stored, except });
    told();
  }

  #historyFrame({ name: room }: Room, page: HistoryPage, id?: RequestId): string {
    return historyFrame({ id, room, kept: this.#keeper.kept }, page, this.#bounds);
  }

  async #readNews(): Promise<void> {
    const positions = new Map<string, string>();
    for (const [room, { position }] of this.#lines) {
      if (position !== undefined) positions.set(room, position);
    }
    const { store } = this.#shared ?? {};
    if (store === undefined || positions.size === 0) return;
    const look = () => store.roomsWithNews(positions, READ_DEADLINE_MS);
    for (const room of await this.#reads.read({ purpose: "room" }, look) ?? []) {
      if (this.#isClosing) return;
      await this.#lines.get(room)?.catchUp();
    }
  }
}

/** Tells everybody in the room. */
function tellRoom(
  room: Room,
  { message, key, stored, except }: Pick<LineEntry, "message" | "key" | "except"> & {
    readonly stored: boolean;
  },
): void {
  const { content } = message;
  room.recent.add({ message, key, stored });
  room.announce({
    except,
    frame: chatFrame(saidFrame(message)),
    plain: content.kind === "text" ? content.text : content.data,
  });
}

function wasTold(room: Room, id: string): boolean {
  const lasting = lastingPart(id);
  return room.recent.messages().some((message) => lastingPart(message.id) === lasting);
}
