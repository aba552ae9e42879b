import { type ChatRequest, nameKey } from "../session/chat_protocol.ts";
import type { RequestId } from "../session/protocol.ts";
import type { RoomState } from "./chat_events.ts";
import { type HistoryRange, RoomTimeline } from "./room_timeline.ts";

/** The request that enters a room. */
export type JoinRequest = Extract<ChatRequest, { type: "join" }>;

/** A part of the history that is being read. */
export interface Reading {
  readonly range: HistoryRange;
  /** Of the request that has not been answered; none while the next is put off. */
  id: RequestId | undefined;
  attempts: number;
}

const FORMER_SESSIONS_MAX = 3;

/** One room that a client is in or wants to be in, over any number of connections. */
export class ChatRoom {
  readonly name: string;
  readonly timeline: RoomTimeline;
  /** Of the join that has not been answered. */
  joinId: RequestId | undefined;
  /** What the timeline has asked for and not had. */
  reading: Reading | undefined;
  /** Stops waiting for the acknowledgement of what was said last. */
  stopWaiting: () => void = () => {};
  state: RoomState;
  /** What the user chose; without it the server chooses. */
  #chosen: string | undefined;
  /** Sessions that may hold the name still, the latest first. */
  #holders: string[];
  /** Those that the present connection has not tried yet. */
  #untried: string[] = [];

  /** @param formerSession of an earlier client that may hold the name */
  constructor(
    name: string,
    options: {
      readonly username: string | undefined;
      readonly history: number;
      readonly formerSession: string | undefined;
    },
  ) {
    this.name = name;
    this.timeline = new RoomTimeline(options.history);
    this.#chosen = options.username;
    this.#holders = options.formerSession === undefined ? [] : [options.formerSession];
    this.state = { phase: "joining", username: options.username };
  }

  /** The name in use or wanted. */
  get username(): string | undefined {
    return this.state.phase === "left" ? undefined : this.state.username;
  }

  /** Wants another name from now on. */
  choose(username: string | undefined): void {
    this.#chosen = username;
    this.state = { phase: "joining", username };
  }

  /** The first join on a connection, whose session is `session`. */
  join(session: string): JoinRequest {
    this.#untried = this.#holders.filter((holder) => holder !== session);
    this.#holders = [session, ...this.#untried].slice(0, FORMER_SESSIONS_MAX);
    this.state = { phase: "joining", username: this.username };
    return this.#request();
  }

  /** The name is taken: another join that may help, if there is one. */
  joinAgain(): JoinRequest | undefined {
    // A join that was never answered may or may not have moved the name to its session.
    if (this.#untried.length > 0) return this.#request();
    if (this.#chosen !== undefined || this.username === undefined) return undefined;
    this.state = { phase: "joining", username: undefined };
    return this.#request();
  }

  /** The server has let the client in. */
  joined(username: string, session: string): void {
    this.joinId = undefined;
    this.#holders = [session];
    if (this.#chosen !== undefined) this.#chosen = username;
    const kept = this.state.phase === "joined" ? this.state.kept : true;
    this.state = { phase: "joined", username, kept };
  }

  /** The server has not. */
  refused(code: string, message: string): void {
    this.joinId = undefined;
    this.state = { phase: "refused", username: this.username, code, message };
  }

  /** The user has left; returns the requests whose answers nobody waits for any more. */
  left(): RequestId[] {
    const dropped = [this.joinId, this.reading?.id].filter((id) => id !== undefined);
    this.joinId = this.reading = undefined;
    this.state = { phase: "left" };
    return dropped;
  }

  /** The user has another name: of their choice, or given by the server where two had one. */
  renamed(username: string, by: "user" | "server"): void {
    if (by === "user" || this.#chosen !== undefined) this.#chosen = username;
    if (this.state.phase === "joined") this.state = { ...this.state, username };
  }

  /** Whether the server keeps the history; returns whether that is news. */
  keeps(kept: boolean): boolean {
    if (this.state.phase !== "joined" || this.state.kept === kept) return false;
    this.state = { ...this.state, kept };
    return true;
  }

  /** Whether a name is the client's own here. */
  isOwn(username: string): boolean {
    return this.username !== undefined && nameKey(this.username) === nameKey(username);
  }

  /** The connection is gone; returns whether the room's state has changed. */
  lost(): boolean {
    this.joinId = this.reading = undefined;
    if (this.state.phase !== "joined") return false;
    this.state = { phase: "joining", username: this.state.username };
    return true;
  }

  #request(): JoinRequest {
    const former = this.#untried.shift();
    const { username } = this;
    return {
      type: "join",
      room: this.name,
      ...(username === undefined ? {} : { username }),
      ...(former === undefined ? {} : { session: former }),
      ...this.timeline.join(),
    };
  }
}
