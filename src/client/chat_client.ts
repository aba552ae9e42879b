import { v4 } from "uuid";
import * as v from "valibot";
import {
  CHAT_LIMITS,
  type ChatFrame,
  type ChatRequest,
  chatRequestSchema,
  type ChatSaid,
  HISTORY_DEFAULT,
  roomSchema,
  usernameSchema,
} from "../session/chat_protocol.ts";
import { toBase64 } from "./base64.ts";
import { ChatDialogue } from "./chat_dialogue.ts";
import type { ChatEvents, Presence, RoomState } from "./chat_events.ts";
import type { SayRequest } from "./chat_outbox.ts";
import { ChatRoom } from "./chat_room.ts";
import { CHAT_WIRE } from "./chat_wire.ts";
import type { Clock } from "./clock.ts";
import { type ConnectOptions, withDefaults } from "./connect_options.ts";
import { Emitter, throwUncaught } from "./emitter.ts";
import { Link } from "./link.ts";
import type { LinkState } from "./link_state.ts";
import { untilLive } from "./live_wait.ts";
import type { OutgoingContent, OutgoingMessage } from "./outgoing_message.ts";

// What a user of the client meets, so that one import has it all.
export type {
  ChatBinary,
  ChatSaid,
  ChatSaidEntries,
  ChatSystem,
  ChatText,
} from "../session/chat_protocol.ts";
export type { ChatEvents, Presence, RoomState } from "./chat_events.ts";
export type { Clock } from "./clock.ts";
export type { ConnectOptions } from "./connect_options.ts";
export type { ClientSocket, WebSocketConstructor } from "./client_socket.ts";
export type { ClientFault } from "./feed_events.ts";
export type { LinkState, StopReason } from "./link_state.ts";
export type { OutgoingContent, OutgoingMessage, OutgoingStatus } from "./outgoing_message.ts";
export type { SaidBatch } from "./room_timeline.ts";
export type { TokenSource } from "./token_keeper.ts";
export type { WakeSource } from "./wake.ts";

/** What a chat client needs to know; which room the URL names does not matter. */
export interface ChatClientOptions extends ConnectOptions {
  /** `sessionId` of an earlier client of the same user, whose names the server may still hold. */
  readonly formerSession?: string;
}

const HISTORY_LENGTH = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(CHAT_LIMITS.historyMax),
);
const MESSAGE_BYTES_DEFAULT = 65_536;
/** Of a frame with a file: everything but its data. */
const FILE_FRAME_BYTES = 4096;
const FILE_BYTES_DEFAULT = 45_000;
/** What an id adds to a request. */
const REQUEST_ID_BYTES = 32;

/**
 * A chat as seen by a browser or a program: it connects, joins rooms, notices when the server is gone or
 * mute, and comes back to its rooms under its names. Over a lost connection nothing that the server keeps
 * is missed or told twice, and what was not acknowledged is said again, once.
 *
 * ```ts ignore
 * const chat = new ChatClient({ url: "ws://127.0.0.1:8080/chat" });
 * chat.on("said", ({ room, messages }) => messages.forEach((message) => show(room, message)));
 * chat.join("lobby", { username: "ada" });
 * chat.start();
 * chat.say("lobby", "hello");
 * ```
 */
export class ChatClient {
  /** Where it connects to. */
  readonly url: string;
  readonly #clock: Clock;
  readonly #link: Link<ChatRequest, ChatFrame>;
  readonly #emitter: Emitter<ChatEvents>;
  readonly #dialogue: ChatDialogue;
  readonly #formerSession: string | undefined;
  #sessionId: string | undefined;
  #limits: Readonly<Record<string, number>> = {};
  #malformed = 0;

  /**
   * Does not connect yet.
   *
   * @throws {RangeError} when a token cannot be carried
   * @throws {TypeError} when the platform has no WebSocket, and none is passed
   */
  constructor(options: ChatClientOptions) {
    const connect = withDefaults(options);
    this.url = connect.url;
    this.#formerSession = options.formerSession;
    this.#clock = connect.clock;
    this.#emitter = new Emitter((name, thrown) => this.#listenerFailed(name, thrown));
    this.#link = new Link(
      { ...connect, protocols: [CHAT_WIRE] },
      {
        received: (frame) => this.#receive(frame),
        malformed: (fault) => this.#countMalformed(fault),
        disconnected: () => this.#dialogue.lost(),
        changed: (state) => this.#emitter.emit("state", state),
      },
    );
    this.#dialogue = new ChatDialogue(this.#clock, {
      send: (request) => this.#link.send(request),
      proven: () => this.#link.proven(),
      emit: (name, event) => this.#emitter.emit(name, event),
    });
  }

  /** What the connection is doing; `live` means that rooms can be joined, not that they are. */
  get state(): LinkState {
    return this.#link.state;
  }

  /** The server's name for the last connection: whoever knows it can take over its names. */
  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  /** Largest file that can be sent, in bytes. */
  get fileBytesMax(): number {
    const { message_bytes: frameBytesMax } = this.#limits;
    if (frameBytesMax === undefined) return FILE_BYTES_DEFAULT;
    return Math.max(Math.floor((frameBytesMax - FILE_FRAME_BYTES) / 4) * 3, 0);
  }

  /** The rooms that were joined and not left, and how the client stands to them. */
  rooms(): { readonly room: string; readonly state: RoomState }[] {
    return [...this.#dialogue.rooms.values()].map(({ name, state }) => ({ room: name, state }));
  }

  /** Adds a listener and returns the function that removes it. */
  on<Name extends keyof ChatEvents>(
    name: Name,
    listener: (event: ChatEvents[Name]) => void,
  ): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Connects, and stays connected until `stop`. @throws {SyntaxError} when the URL cannot be used */
  start(): void {
    this.#link.start();
  }

  /**
   * Disconnects for good. Rooms and what waits to be sent stay, and `start` goes on from there.
   * Resolves when the server has heard of it, within half a second: a program that exits before is to the
   * server a lost connection.
   */
  async stop(): Promise<void> {
    await this.#link.stop({ kind: "asked" });
  }

  /**
   * Resolves when rooms can be joined and asked about, at once where they can already; else it waits over
   * any number of attempts to connect.
   *
   * @throws {Error} when the client stops, or has not been started; the message says why
   * @throws the signal's reason when that is aborted
   */
  async untilLive(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await untilLive(this, options.signal);
  }

  /** Finds out at once whether the connection still lives, and reconnects without waiting if it does not. */
  checkNow(): void {
    this.#link.checkNow();
  }

  /**
   * Joins a room, now and after every reconnection. For a room that refused the client this tries again.
   *
   * @param options.username a free one is chosen when left out
   * @param options.history how many messages come first, 0 to 100 (50)
   * @returns the room's name as the server writes it, by which events tell of it
   * @throws {RangeError} when a name or number is not allowed, or for more than 20 rooms
   */
  join(room: string, options: { username?: string; history?: number } = {}): string {
    const name = check(roomSchema, room, "join", "room");
    const username = options.username === undefined
      ? undefined
      : check(usernameSchema, options.username, "join", "username");
    const { history = HISTORY_DEFAULT } = options;
    check(HISTORY_LENGTH, history, "join", "history");
    const known = this.#rooms.get(name);
    if (known?.state.phase === "joined") return name;
    if (known !== undefined) {
      known.choose(username);
      this.#dialogue.join(known);
      return name;
    }
    if (this.#rooms.size >= CHAT_LIMITS.roomsMax) {
      throw new RangeError(`Cannot join: must be in ${CHAT_LIMITS.roomsMax} rooms at most`);
    }
    const formerSession = this.#formerSession;
    const entered = new ChatRoom(name, { username, history, formerSession });
    this.#rooms.set(name, entered);
    this.#dialogue.join(entered);
    return name;
  }

  /** Leaves a room; what was not sent to it yet has failed. Harmless when it was not joined. */
  leave(room: string): void {
    const left = this.#room(room);
    if (left !== undefined) this.#dialogue.leave(left);
  }

  /**
   * Says something in a room that was joined; it waits where there is no connection, and for what was said
   * there before to be acknowledged. `outgoing` events tell what becomes of it.
   *
   * @param key of an earlier message that has failed, to try it again
   * @throws {RangeError} when it is too long or has control characters
   * @throws {Error} when the room was not joined, or 50 messages wait already
   */
  say(room: string, text: string, key: string = v4()): OutgoingMessage {
    return this.#say({ type: "message", room, content: text, key }, {
      kind: "text",
      content: text,
    });
  }

  /**
   * Sends bytes, which with a name are a file; else as `say`.
   *
   * @throws {RangeError} when it is larger than `fileBytesMax`, or name or media type are not allowed
   * @throws {Error} when the room was not joined, or 50 messages wait already
   */
  sendBinary(
    room: string,
    bytes: Uint8Array<ArrayBuffer>,
    options: { name?: string; mediaType?: string; key?: string } = {},
  ): OutgoingMessage {
    const { name, mediaType, key = v4() } = options;
    if (bytes.length > this.fileBytesMax) {
      throw new RangeError(
        `Cannot send: must have at most ${this.fileBytesMax} bytes, has ${bytes.length}`,
      );
    }
    const request: SayRequest = {
      type: "binary",
      room,
      key,
      data: toBase64(bytes),
      ...(name === undefined ? {} : { name }),
      ...(mediaType === undefined ? {} : { media_type: mediaType }),
    };
    return this.#say(request, { kind: "binary", bytes, name, mediaType });
  }

  /**
   * Takes another name in a room.
   *
   * @returns the name as the server writes it
   * @throws {RangeError} when the name is not allowed
   * @throws {Error} when the server refuses it, or there is no answer
   */
  async rename(room: string, username: string): Promise<string> {
    const wanted = check(usernameSchema, username, "take the name", "username");
    const reply = await this.#dialogue.request(
      { type: "rename", room, username: wanted },
      "take the name",
    );
    return reply.type === "ack" ? reply.username ?? wanted : wanted;
  }

  /** Asks who is in a room. @throws {Error} when there is no answer */
  async who(room: string): Promise<Presence> {
    const reply = await this.#dialogue.request({ type: "presence", room }, "ask who is there");
    if (reply.type !== "presence") throw unexpected(reply);
    return { room: reply.room, count: reply.count, users: reply.users };
  }

  /** Whether `older` may find anything. */
  hasOlder(room: string): boolean {
    return this.#room(room)?.timeline.olderExist ?? false;
  }

  /**
   * Reads further back in a room's history.
   *
   * @param options.before id of the oldest message that is known @default {that of the oldest told}
   * @param options.limit 1 to 100 (50)
   * @returns oldest first, and whether there are older ones still; these are not told by `said`
   * @throws {Error} when there is no answer
   */
  async older(
    room: string,
    options: { before?: string; limit?: number } = {},
  ): Promise<{ readonly messages: readonly ChatSaid[]; readonly more: boolean }> {
    const timeline = this.#room(room)?.timeline;
    const before = options.before ?? timeline?.oldestId;
    if (options.before === undefined && timeline?.olderExist === false) {
      return { messages: [], more: false };
    }
    const { limit = HISTORY_DEFAULT } = options;
    const range = { limit, ...(before === undefined ? {} : { before }) };
    const reply = await this.#dialogue.request(
      { type: "history", room, ...range },
      "read the history",
    );
    if (reply.type !== "history") throw unexpected(reply);
    timeline?.older(reply);
    return { messages: reply.messages, more: reply.more };
  }

  get #rooms(): Map<string, ChatRoom> {
    return this.#dialogue.rooms;
  }

  /** Whichever way its name is written. */
  #room(name: string): ChatRoom | undefined {
    const result = v.safeParse(roomSchema, name);
    return result.success ? this.#rooms.get(result.output) : undefined;
  }

  #receive(frame: ChatFrame): void {
    switch (frame.type) {
      case "hello":
        return this.#hello(frame);
      case "auth":
        return this.#link.authenticated(frame);
      case "heartbeat":
        return this.#link.proven();
      case "closing":
        return this.#link.advise(frame.reconnect_after_ms);
      default:
        return this.#dialogue.receive(frame);
    }
  }

  #hello(frame: Extract<ChatFrame, { type: "hello" }>): void {
    this.#sessionId = frame.session;
    this.#limits = frame.limits;
    this.#link.authenticated(frame.auth);
    this.#link.watch(frame.heartbeat_ms);
    this.#link.live(frame.session);
    // A listener may have stopped the client just now.
    if (this.state.phase === "live") this.#dialogue.greeted(frame.session);
  }

  #say(asked: SayRequest, content: OutgoingContent): OutgoingMessage {
    const room = this.#room(asked.room);
    if (room === undefined) {
      throw new Error(`Cannot send: must have joined the room first, has not joined ${asked.room}`);
    }
    const request = { ...asked, room: room.name };
    const result = v.safeParse(chatRequestSchema, request);
    if (!result.success) throw new RangeError(`Cannot send: ${result.issues[0].message}`);
    const { message_bytes: bytesMax = MESSAGE_BYTES_DEFAULT } = this.#limits;
    const bytes = new TextEncoder().encode(JSON.stringify(request)).length + REQUEST_ID_BYTES;
    if (bytes > bytesMax) {
      throw new RangeError(`Cannot send: must have at most ${bytesMax} bytes, has ${bytes}`);
    }
    const { room: name, key } = request;
    const message = { ...content, key, room: name, atMs: this.#clock.nowMs() };
    this.#dialogue.say(room, { message, request });
    return message;
  }

  #countMalformed(message: string): void {
    this.#malformed += 1;
    this.#emitter.emit("error", { kind: "malformed", message, count: this.#malformed });
  }

  #listenerFailed(name: string, thrown: unknown): void {
    if (name === "error" || !this.#emitter.has("error")) return throwUncaught(thrown);
    const cause = thrown instanceof Error ? thrown.message : String(thrown);
    const message = `Cannot finish a listener of ${name}: it threw ${cause}`;
    this.#emitter.emit("error", { kind: "listener", message, cause: thrown });
  }
}

/** @throws {RangeError} when the value is not allowed */
function check<Schema extends v.GenericSchema>(
  schema: Schema,
  value: v.InferInput<Schema>,
  action: string,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new RangeError(`Cannot ${action}: ${what}: ${result.issues[0].message}`);
}

function unexpected(frame: ChatFrame): Error {
  return new Error(`Cannot use the answer: must be what was asked for, is ${frame.type}`);
}
