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
  readonly live: ChatSaid[];
  newestId: string | undefined;
}

const SEEN_MAX = 2000;
const MISSED_MAX = 500;
const LIVE_HELD_MAX = 200;

/**
 * What a client has been told of one room, so that over any number of connections each message is told
 * once and in order. It only decides; its owner asks and tells.
 */
export class RoomTimeline {
  readonly #historyLength: number;
  readonly #seen = new RecentIds(SEEN_MAX);
  /** The newest message that came from the server, with everything before it known. */
  #newestId: string | undefined;
  #oldestId: string | undefined;
  #olderExist = true;
  /** Whether it is known what had been said when the room was first joined. */
  #known = false;
  /** Whether it was asked again for what the server did not read as it let the client in. */
  #askedAgain = false;
  #catchUp: CatchUp | undefined;
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

  /** What a join on a new connection asks for; what is told until its history has come is held back. */
  join(): JoinRange {
    this.#unread = undefined;
    this.#askedAgain = false;
    if (!this.#known) {
      this.#catchUp = undefined;
      // One message tells where the room stands, even when none is to be shown.
      return { history: Math.max(this.#historyLength, 1) };
    }
    const after = this.#newestId;
    this.#catchUp = { after, missed: [], live: [], newestId: after };
    return { history: CHAT_LIMITS.historyMax, ...(after === undefined ? {} : { after }) };
  }

  /** Takes the history of a join, or what `read` asked for. */
  history(frame: HistoryFrame): TimelineStep {
    if (this.#catchUp === undefined) return this.#firstHistory(frame);
    return this.#caughtUp(this.#catchUp, frame);
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
    this.#catchUp = { after, missed: [], live: [], newestId: this.#newestId };
    return { limit, ...(after === undefined ? {} : { after }) };
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
    catchUp.live.push(message);
    return catchUp.live.length > LIVE_HELD_MAX ? this.#finish(catchUp, true) : [];
  }

  /** Notes a message of the client's own, which the server does not send back. */
  own(id: string): void {
    this.#seen.add(id);
    this.#oldestId ??= id;
  }

  /** The connection is gone: what was held back is told, and the next join reads the rest. */
  lost(): readonly SaidBatch[] {
    const { live = [], missed = [] } = this.#catchUp ?? {};
    // They were received but never told.
    for (const { id } of missed) this.#seen.delete(id);
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
    catchUp.missed.unshift(...fresh);
    catchUp.newestId = newer(catchUp.newestId, messages.at(-1)?.id);
    if (!kept) this.#unread = { after: catchUp.after };
    // Too many joined at once: the server has not read what there is.
    if (more && first === undefined) {
      return { batches: [], read: this.#range(catchUp) };
    }
    // A page without anything new has reached what was known, as when all of it was the client's own.
    if (!more || first === undefined || fresh.length === 0) {
      return { batches: this.#finish(catchUp, false) };
    }
    if (catchUp.missed.length >= MISSED_MAX) return { batches: this.#finish(catchUp, true) };
    return { batches: [], read: { ...this.#range(catchUp), before: first.id } };
  }

  #range({ after }: CatchUp): HistoryRange {
    const limit = CHAT_LIMITS.historyMax;
    return after === undefined ? { limit } : { limit, after };
  }

  #finish(catchUp: CatchUp, gap: boolean): SaidBatch[] {
    const { missed, live } = catchUp;
    this.#catchUp = undefined;
    this.#advance(catchUp.newestId);
    this.#advance(live.at(-1)?.id);
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

function newer(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
