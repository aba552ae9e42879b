import { CHAT_LIMITS, type ChatFrame, type ChatSaid } from "../session/chat_protocol.ts";
import { RecentIds } from "./recent_ids.ts";

/** Messages of one room that the client has not told of before, oldest first. */
export interface SaidBatch {
  /** Texts, bytes and files, as the protocol has them. */
  readonly messages: readonly ChatSaid[];
  /** `live`: said just now; `missed`: said while the connection was lost; `history`: said before the join. */
  readonly origin: "live" | "missed" | "history";
  /** Whether messages between these and what was known before are missing. */
  readonly gap: boolean;
}

/** What is to be told now, and which part of the history is to be read next, if any. */
export interface TimelineStep {
  readonly batches: readonly SaidBatch[];
  readonly read?: HistoryRange;
}

/** A part of the history, as a `history` request names it. */
export interface HistoryRange {
  readonly limit: number;
  readonly before?: string;
  readonly after?: string;
}

/** How a `join` asks for history. */
export type JoinRange = { readonly history: number; readonly after?: string };

type HistoryFrame = Extract<ChatFrame, { type: "history" }>;

interface CatchUp {
  /** The newest message that was known; none when the room was empty. */
  readonly after: string | undefined;
  readonly missed: ChatSaid[];
  /** What is said meanwhile, held back so that it comes after what was missed. */
  live: ChatSaid[];
  /** Whether it took so long that nothing is held back any more. */
  isOverdue: boolean;
  newestId: string | undefined;
  pages: number;
}

const SEEN_MAX = 2000;
const MISSED_MAX = 500;
const PAGES_MAX = 10;
const LIVE_HELD_MAX = 200;

/**
 * What a client has been told of one room, so that over any number of connections each message is told
 * once, and in order unless a part of the history takes long to come. It only decides; its owner asks and
 * tells.
 */
export class RoomTimeline {
  readonly #historyLength: number;
  readonly #seen = new RecentIds(SEEN_MAX);
  /** The newest message that came from the server, with everything before it known. */
  #newestId: string | undefined;
  /** The client's own newest message that was acknowledged with everything before it known. */
  #ownId: string | undefined;
  #oldestId: string | undefined;
  #olderExist = true;
  /** Whether it is known what had been said when the room was first joined. */
  #known = false;
  /** Whether it was asked again for what the server did not read as it let the client in. */
  #askedAgain = false;
  #catchUp: CatchUp | undefined;
  /** Whether something is missing that is older than what was told: a page of that says nothing then. */
  #isBehind = false;
  /** Where to go on reading when the server can read its history again. */
  #unread: { readonly after: string | undefined } | undefined;

  /** @param historyLength how many messages a first join shows, 0 to 100 */
  constructor(historyLength: number) {
    this.#historyLength = historyLength;
  }

  /** The oldest message that was told, for reading further back. */
  get oldestId(): string | undefined {
    return this.#oldestId;
  }

  /** Whether there may be messages older than that. */
  get olderExist(): boolean {
    return this.#olderExist;
  }

  /** The newest message that was heard, be it told yet or not: what is said now comes after it. */
  get newestHeardId(): string | undefined {
    return newer(this.#newestId, this.#catchUp?.newestId);
  }

  /** What a join on a new connection asks for; what is told until its history has come is held back. */
  join(): JoinRange {
    const unread = this.#unread;
    this.#unread = undefined;
    this.#askedAgain = false;
    if (!this.#known) {
      this.#catchUp = undefined;
      // One message tells where the room stands, even when none is to be shown.
      return { history: Math.max(this.#historyLength, 1) };
    }
    this.#isBehind ||= unread !== undefined;
    const { after } = unread ?? { after: this.#newestId };
    this.#catchUp = catchUpFrom(after, this.#newestId);
    return { history: CHAT_LIMITS.historyMax, ...(after === undefined ? {} : { after }) };
  }

  /** Takes the history of a join, or what `read` asked for. */
  history(frame: HistoryFrame): TimelineStep {
    if (this.#catchUp === undefined) return this.#firstHistory(frame);
    return this.#caughtUp(this.#catchUp, frame);
  }

  /** What `read` asked for takes long: what was held back for it is told, and what was missed when it comes. */
  overdue(): readonly SaidBatch[] {
    return this.#catchUp === undefined ? [] : letGo(this.#catchUp);
  }

  /** What `read` asked for will not come. */
  unreadable(): TimelineStep {
    return { batches: this.#catchUp === undefined ? [] : this.#finish(this.#catchUp, true) };
  }

  /** The server can read its history again: returns what is to be read that it could not read before. */
  readable(): HistoryRange | undefined {
    const unread = this.#unread;
    if (unread === undefined || this.#catchUp !== undefined) return undefined;
    this.#unread = undefined;
    const limit = this.#known ? CHAT_LIMITS.historyMax : Math.max(this.#historyLength, 1);
    if (!this.#known) return { limit };
    const { after } = unread;
    this.#isBehind = true;
    this.#catchUp = catchUpFrom(after, this.#newestId);
    return { limit, ...(after === undefined ? {} : { after }) };
  }

  /** Whether a message is known already, be it told or the client's own. */
  knows(id: string): boolean {
    return this.#seen.has(id);
  }

  /** Takes what was said just now. */
  live(message: ChatSaid): readonly SaidBatch[] {
    if (!this.#seen.add(message.id)) return [];
    const catchUp = this.#catchUp;
    if (catchUp === undefined) {
      this.#advance(message.id);
      this.#oldestId ??= message.id;
      this.#known = true;
      return [{ messages: [message], origin: "live", gap: false }];
    }
    catchUp.newestId = newer(catchUp.newestId, message.id);
    catchUp.live.push(message);
    return catchUp.isOverdue || catchUp.live.length > LIVE_HELD_MAX ? letGo(catchUp) : [];
  }

  /** Notes a message of the client's own, which the server does not send back. */
  own(id: string): void {
    this.#seen.add(id);
    this.#oldestId ??= id;
    // The room hears what came before a message before its sender hears that it was said.
    if (this.#catchUp === undefined) this.#ownId = newer(this.#ownId, id);
  }

  /** The connection is gone: what was held back is told, and the next join reads the rest. */
  lost(): readonly SaidBatch[] {
    const { live = [], missed = [] } = this.#catchUp ?? {};
    // They were received but never told.
    for (const { id } of missed) this.#seen.delete(id);
    this.#isBehind ||= this.#catchUp !== undefined;
    this.#catchUp = undefined;
    return live.length === 0 ? [] : [{ messages: live, origin: "live", gap: false }];
  }

  /** Notes a page that was read further back than `oldestId`. */
  older(frame: HistoryFrame): void {
    this.#olderExist = frame.more;
    this.#oldestId = frame.messages[0]?.id ?? this.#oldestId;
  }

  #firstHistory({ messages, more, kept }: HistoryFrame): TimelineStep {
    const fresh = messages.filter(({ id }) => this.#seen.add(id));
    const newest = messages.at(-1);
    // Too many joined at once: the server has not read what there is.
    if (more && newest === undefined && !this.#askedAgain) {
      this.#askedAgain = true;
      return { batches: [], read: { limit: Math.max(this.#historyLength, 1) } };
    }
    if (newest !== undefined) this.#advance(newest.id);
    if (!kept) this.#unread = { after: this.#newestId };
    this.#known ||= kept || newest !== undefined;
    const shown = this.#historyLength === 0 ? [] : fresh;
    this.#oldestId = shown[0]?.id ?? this.#oldestId;
    this.#olderExist = more || shown.length < fresh.length || !kept;
    if (shown.length === 0) return { batches: [] };
    return { batches: [{ messages: shown, origin: "history", gap: false }] };
  }

  #caughtUp(catchUp: CatchUp, { messages, more, kept }: HistoryFrame): TimelineStep {
    const fresh = messages.filter(({ id }) => this.#seen.add(id));
    const first = messages[0];
    const last = messages.at(-1);
    catchUp.missed.unshift(...fresh);
    catchUp.newestId = newer(catchUp.newestId, last?.id);
    if (!kept) this.#unread = { after: catchUp.after };
    // Who alone talks in a room need not read all of it again. What was heard since the join says nothing.
    const isOwn = last !== undefined && newer(last.id, this.#ownId) === this.#ownId;
    const isKnown = isOwn && fresh.length === 0 && !this.#isBehind;
    if (!more || isKnown) return { batches: this.#finish(catchUp, false) };
    catchUp.pages += 1;
    if (catchUp.missed.length >= MISSED_MAX || catchUp.pages >= PAGES_MAX) {
      return { batches: this.#finish(catchUp, true) };
    }
    const { after } = catchUp;
    // Too many joined at once: the server has not read what there is.
    const before = first === undefined ? {} : { before: first.id };
    const limit = CHAT_LIMITS.historyMax;
    return { batches: [], read: { limit, ...(after === undefined ? {} : { after }), ...before } };
  }

  #finish(catchUp: CatchUp, gap: boolean): SaidBatch[] {
    const { missed, live } = catchUp;
    this.#catchUp = undefined;
    this.#isBehind = false;
    this.#advance(catchUp.newestId);
    this.#oldestId ??= missed[0]?.id ?? live[0]?.id;
    const batches: SaidBatch[] = [];
    if (missed.length > 0 || gap) batches.push({ messages: missed, origin: "missed", gap });
    if (live.length > 0) batches.push({ messages: live, origin: "live", gap: false });
    return batches;
  }

  #advance(id: string | undefined): void {
    this.#newestId = newer(this.#newestId, id);
  }
}

function catchUpFrom(after: string | undefined, newestId: string | undefined): CatchUp {
  return { after, missed: [], live: [], isOverdue: false, newestId, pages: 0 };
}

/** Tells what is held back, and holds back no more. */
function letGo(catchUp: CatchUp): readonly SaidBatch[] {
  const { live } = catchUp;
  catchUp.isOverdue = true;
  catchUp.live = [];
  return live.length === 0 ? [] : [{ messages: live, origin: "live", gap: false }];
}

function newer(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
