import type { ChatStore, HistoryPage, HistoryQuery, NewChatMessage } from "../db/chat_store.ts";
import type { Closable, IsolateLink } from "../lifecycle.ts";
import { CHAT_LIMITS, type ChatFrame } from "../session/chat_protocol.ts";
import type { ErrorCode } from "../session/error_codes.ts";
import type { RequestId } from "../session/protocol.ts";
import {
  chatFrame,
  eventFrame,
  presenceFrame,
  refusalFrame,
  type RoomEvent,
  saidFrame,
} from "./chat_frames.ts";
import type { JoinRequest, RoomRequest, SayRequest, ToDesk } from "./desk_messages.ts";
import { HistoryKeeper, type Outcome } from "./history_keeper.ts";
import { joinedHistory } from "./joined_history.ts";
import { idTimeMs, MessageIds } from "./message_ids.ts";
import { PresenceBoard } from "./presence_board.ts";
import { type Member, Room, type Station } from "./room.ts";

/** What the desk knows of one session, from its first room to its last. */
interface Visitor {
  readonly session: string;
  readonly station: Station;
  readonly rooms: Set<string>;
}

const ROOMS_MAX = 10_000;
const EMPTY_PAGE: HistoryPage = { messages: [], more: false };

/**
 * Where all of the server's chat comes together: one desk for all workers, so that a room has one order
 * of what is said, one list of names, and one keeper of its history. Workers reach it over ports, which
 * keep order and lose nothing.
 */
export class ChatDesk implements Closable {
  readonly #ids = new MessageIds();
  readonly #keeper: HistoryKeeper;
  readonly #presence = new PresenceBoard();
  readonly #rooms = new Map<string, Room>();
  readonly #visitors = new Map<string, Visitor>();
  readonly #links = new Set<IsolateLink>();

  constructor(store: ChatStore) {
    this.#keeper = new HistoryKeeper(store, this.#ids, {
      onKept: (kept) => {
        for (const room of this.#rooms.values()) {
          this.#announce(room, { event: kept ? "history_on" : "history_off" });
        }
      },
      isWatched: () => this.#rooms.size > 0,
    });
  }

  /** Opens a way to the desk for one worker; when that closes, the worker's sessions are gone. */
  openLink(): IsolateLink {
    const { port1, port2 } = new MessageChannel();
    const station: Station = { post: (message) => port1.postMessage(message) };
    port1.onmessage = (event: MessageEvent<ToDesk>) => this.#receive(station, event.data);
    const link: IsolateLink = {
      port: port2,
      close: () => {
        if (!this.#links.delete(link)) return;
        port1.close();
        for (const visitor of [...this.#visitors.values()]) {
          if (visitor.station === station) this.#forget(visitor);
        }
      },
    };
    this.#links.add(link);
    return link;
  }

  /** Lets what was said be kept first. */
  async close(): Promise<void> {
    await this.#keeper.close();
    for (const link of this.#links) link.close();
    this.#presence.close();
  }

  #receive(station: Station, request: ToDesk): void {
    const { session } = request;
    const visitor = this.#visitors.get(session) ?? { session, station, rooms: new Set() };
    if (request.kind === "gone") return this.#forget(visitor);
    if (request.kind === "join") return this.#join(visitor, request);
    const room = this.#rooms.get(request.room);
    const member = room?.member(session);
    if (room === undefined || member === undefined) {
      return refuse(visitor, request, "not_joined", `must be in room ${request.room} first`);
    }
    switch (request.kind) {
      case "say":
        return this.#say(room, member, request);
      case "rename":
        return this.#rename(room, member, request);
      case "presence":
        return tell(member, presenceFrame(room, request.id));
      case "history":
        this.#tellHistory(room, member, request);
        return;
      case "leave":
        acknowledge(member, request);
        return this.#leave(visitor, room);
    }
  }

  #join(visitor: Visitor, request: JoinRequest): void {
    const room = this.#rooms.get(request.room) ?? new Room(request.room);
    const present = room.member(visitor.session);
    if (present !== undefined) return this.#welcome(room, present, request);
    if (visitor.rooms.size >= CHAT_LIMITS.roomsMax) {
      return refuse(
        visitor,
        request,
        "too_many_rooms",
        `must be in ${CHAT_LIMITS.roomsMax} at most`,
      );
    }
    if (room.count === 0 && this.#rooms.size >= ROOMS_MAX) {
      return refuse(visitor, request, "too_many_rooms", `the server holds ${ROOMS_MAX} at most`);
    }
    const username = request.username ?? room.guestName();
    const holder = room.holder(username);
    if (holder !== undefined && holder.session !== request.former) {
      return refuse(visitor, request, "username_taken", `${username} is somebody else in the room`);
    }
    if (holder !== undefined) this.#replace(room, holder);
    const { session, station } = visitor;
    const member: Member = { session, station, username, relay: request.relay };
    room.put(member);
    this.#rooms.set(room.name, room);
    this.#visitors.set(session, visitor);
    visitor.rooms.add(room.name);
    if (holder === undefined) this.#announce(room, { event: "join", username }, session);
    this.#presence.changed(room);
    this.#welcome(room, member, request);
  }

  #welcome(room: Room, member: Member, request: JoinRequest): void {
    if (member.relay) return enter(room, member);
    acknowledge(member, request, { username: member.username });
    this.#lead(room, member, request);
  }

  /** Between the history and what it hears live, a newcomer misses nothing and gets nothing twice. */
  async #lead(room: Room, member: Member, request: JoinRequest): Promise<void> {
    const { history: limit, after } = request;
    const page = limit === 0
      ? EMPTY_PAGE
      : await this.#keeper.read({ room: room.name, limit, after }) ?? EMPTY_PAGE;
    if (room.member(member.session) === undefined) return;
    const isPending = (id: string) => this.#keeper.isPending(id);
    const history = joinedHistory(page, room.recent.messages(), { limit, after, isPending });
    tell(member, this.#historyFrame(room, history));
    tell(member, presenceFrame(room));
    enter(room, member);
  }

  async #tellHistory(
    room: Room,
    member: Member,
    request: Omit<HistoryQuery, "room"> & { readonly id?: RequestId | undefined },
  ): Promise<void> {
    const { id, limit, before, after } = request;
    const page = await this.#keeper.read({ room: room.name, limit, before, after }) ?? EMPTY_PAGE;
    const messages = page.messages.filter((message) => !this.#keeper.isPending(message.id));
    tell(member, this.#historyFrame(room, { ...page, messages }, id));
  }

  #historyFrame(room: Room, { messages, more }: HistoryPage, id?: RequestId): string {
    return chatFrame({
      type: "history",
      ...(id === undefined ? {} : { id }),
      room: room.name,
      messages: messages.map(saidFrame),
      more,
      kept: this.#keeper.kept,
    });
  }

  #say(room: Room, member: Member, request: SayRequest): void {
    const { content, key } = request;
    const earlier = room.recent.find(key);
    if (earlier !== undefined) {
      return acknowledge(member, request, saidEntries(earlier.message, earlier.stored));
    }
    const timeMs = Date.now();
    const id = this.#ids.next(timeMs);
    const message = { id, room: room.name, username: member.username, timeMs, content, key };
    const done = (outcome: Outcome) => this.#said(member, message, request, outcome);
    if (!this.#keeper.keep(message, done)) {
      refuse(member, request, "rate_limited", "the server must have room for it, is behind");
    }
  }

  /** The message is in the history, or cannot be: now the room hears it. */
  #said(member: Member, message: NewChatMessage, request: SayRequest, outcome: Outcome): void {
    const { id, stored } = outcome;
    // Nobody need be there any more.
    const room = this.#rooms.get(message.room);
    // It was sent again while the first still waited, which then could not be kept.
    const earlier = room?.recent.find(message.key);
    if (earlier !== undefined) {
      return acknowledge(member, request, saidEntries(earlier.message, earlier.stored));
    }
    if (room !== undefined && id === message.id) {
      const { content, key } = message;
      room.recent.add({ message, key, stored });
      room.announce({
        except: member.session,
        frame: chatFrame(saidFrame(message)),
        plain: content.kind === "text" ? content.text : content.data,
      });
    }
    // One that was kept before the server's last start bears the time of then.
    const said = id === message.id ? message : { id, timeMs: idTimeMs(id) };
    acknowledge(member, request, saidEntries(said, stored));
  }

  #rename(
    room: Room,
    member: Member,
    request: RoomRequest<"rename"> & { readonly username: string },
  ): void {
    const { username } = request;
    const { session, username: oldUsername } = member;
    const holder = room.holder(username);
    if (holder !== undefined && holder.session !== session) {
      return refuse(member, request, "username_taken", `${username} is somebody else in the room`);
    }
    room.put({ ...member, username });
    acknowledge(member, request, { username });
    if (username === oldUsername) return;
    this.#announce(room, { event: "rename", username, oldUsername }, session);
    this.#presence.changed(room);
  }

  #leave(visitor: Visitor, room: Room): void {
    const member = room.member(visitor.session);
    if (member === undefined) return;
    this.#remove(room, member);
    this.#announce(room, { event: "leave", username: member.username });
  }

  /** The same client has come back on another connection: nobody has to hear of it. */
  #replace(room: Room, member: Member): void {
    this.#remove(room, member);
    if (this.#visitors.has(member.session)) return;
    member.station.post({ kind: "end", session: member.session });
  }

  #remove(room: Room, member: Member): void {
    const { session, station } = member;
    room.remove(session);
    station.post({ kind: "exit", session, room: room.name });
    const visitor = this.#visitors.get(session);
    visitor?.rooms.delete(room.name);
    if (visitor?.rooms.size === 0) this.#visitors.delete(session);
    if (room.count === 0) this.#rooms.delete(room.name);
    this.#presence.changed(room);
  }

  #forget(visitor: Visitor): void {
    for (const name of [...visitor.rooms]) {
      const room = this.#rooms.get(name);
      if (room !== undefined) this.#leave(visitor, room);
    }
  }

  #announce(room: Room, happened: RoomEvent, except?: string): void {
    room.announce({ except, frame: eventFrame(room.name, this.#ids.next(), happened) });
  }
}

type Recipient = Pick<Member, "session" | "station">;
type AckFrame = Extract<ChatFrame, { type: "ack" }>;

function tell({ station, session }: Recipient, frame: string): void {
  station.post({ kind: "tell", session, frame });
}

function enter(room: Room, { station, session }: Recipient): void {
  station.post({ kind: "enter", session, room: room.name });
}

/** The time is that which the room was told: that in an id runs ahead of a clock that was set back. */
function saidEntries(
  { id, timeMs }: Pick<NewChatMessage, "id" | "timeMs">,
  stored: boolean,
): Partial<AckFrame> {
  return { message: id, timestamp: timeMs / 1000, stored };
}

/** A request without an id wants no answer. */
function acknowledge(
  member: Recipient,
  { id, room }: { readonly id?: RequestId | undefined; readonly room: string },
  entries: Partial<AckFrame> = {},
): void {
  if (id !== undefined) tell(member, chatFrame({ type: "ack", id, room, ...entries }));
}

function refuse(
  { station, session }: Recipient,
  request: { kind: string; room: string; id?: RequestId | undefined },
  code: ErrorCode,
  fault: string,
): void {
  const frame = refusalFrame(request, code, `Cannot ${request.kind}: ${fault}`);
  station.post({ kind: "refuse", session, frame });
}
