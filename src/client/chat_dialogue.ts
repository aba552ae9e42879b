import type { ChatFrame, ChatRequest, ChatSaid } from "../session/chat_protocol.ts";
import type { RequestId } from "../session/protocol.ts";
import type { ChatEvents } from "./chat_events.ts";
import { ChatOutbox, type OutboxEntry } from "./chat_outbox.ts";
import type { ChatRoom, JoinRequest, Reading } from "./chat_room.ts";
import type { Clock } from "./clock.ts";
import type { OutgoingMessage, OutgoingStatus } from "./outgoing_message.ts";
import { Pauses } from "./pauses.ts";
import { PendingReplies } from "./pending_replies.ts";
import { RecentIds } from "./recent_ids.ts";
import type { SaidBatch, TimelineStep } from "./room_timeline.ts";

/** What a dialogue needs of its owner. */
export interface DialogueOwner {
  send(request: ChatRequest): void;
  /** The connection has done something useful. */
  proven(): void;
  emit<Name extends keyof ChatEvents>(name: Name, event: ChatEvents[Name]): void;
}

const REPLY_DEADLINE_MS = 10_000;
const REPLIES_MAX = 64;
/** Two of each room that may be left, and what was said twice. */
const EXCUSED_MAX = 100;
const RATE_LIMIT_PAUSE_MS = 1000;
/** Beyond what a server and its database take when they are slow: what is said is then said once more. */
export const ACK_DEADLINE_MS = 30_000;
/** What is said takes its time on a slow line: 128 kbit/s. */
const SAID_CHARACTERS_PER_MS = 16;
/** Of one part of the history, before what was missed is given up as a gap. */
const READ_ATTEMPTS_MAX = 10;

type Frame<Type extends ChatFrame["type"]> = Extract<ChatFrame, { type: Type }>;

/** What a chat client says and is told, over any number of connections. */
export class ChatDialogue {
  readonly rooms: Map<string, ChatRoom> = new Map();
  readonly #owner: DialogueOwner;
  readonly #outbox = new ChatOutbox();
  readonly #replies: PendingReplies<ChatFrame>;
  /** Requests whose refusal is nobody's concern once nobody waits for their answer. */
  readonly #excused = new RecentIds(EXCUSED_MAX);
  /** What waits on the present connection. */
  readonly #pauses: Pauses;
  /** Set between `greeted` and `lost`: the server takes requests. */
  #session: string | undefined;
  /** The server took too much as too fast: what is said waits. */
  #isHeldBack = false;
  #lastId = 0;

  constructor(clock: Clock, owner: DialogueOwner) {
    this.#owner = owner;
    this.#pauses = new Pauses(clock);
    this.#replies = new PendingReplies(clock, REPLIES_MAX);
  }

  /** A connection takes requests: everything goes on from where the last one ended. */
  greeted(session: string): void {
    this.#session = session;
    for (const room of [...this.rooms.values()]) {
      // A listener of the one before may have left it.
      if (this.rooms.get(room.name) === room) this.join(room);
    }
  }

  /** The connection is gone. */
  lost(): void {
    this.#session = undefined;
    this.#isHeldBack = false;
    this.#pauses.end();
    this.#outbox.lost();
    this.#replies.failAll(new Error("Cannot get an answer: the connection has ended"));
    for (const room of [...this.rooms.values()]) {
      const changed = room.lost();
      this.#tell(room, room.timeline.lost());
      if (changed) this.#changed(room);
    }
  }

  /** Enters a room, now if there is a connection, else as soon as there is one. */
  join(room: ChatRoom): void {
    if (this.#session === undefined) return this.#changed(room);
    this.#enter(room, room.join(this.#session));
    this.#changed(room);
  }

  /** Leaves a room, and gives up what waits to be said in it. */
  leave(room: ChatRoom): void {
    this.rooms.delete(room.name);
    this.#ask({ type: "leave", room: room.name });
    for (const { message } of this.#outbox.drop(room.name)) {
      this.#fail(message, undefined, "Cannot send: the room was left");
    }
    for (const id of room.left()) this.#excused.add(`${id}`);
    this.#changed(room);
  }

  /** Says something as soon as possible. @throws {Error} when too much waits already */
  say(room: ChatRoom, entry: OutboxEntry): void {
    this.#outbox.add(entry);
    this.#told(entry.message, { phase: "pending" });
    this.#flush(room);
  }

  /** @throws {Error} when the server refuses, there is no connection, or no answer within 10 s */
  async request(request: ChatRequest, action: string): Promise<ChatFrame> {
    if (this.#session === undefined) throw new Error(`Cannot ${action}: must be connected`);
    const id = this.#nextId();
    const reply = this.#replies.wait(id, REPLY_DEADLINE_MS, action);
    this.#owner.send({ ...request, id });
    return await reply;
  }

  /** Takes a frame of the present connection. */
  receive(frame: ChatFrame): void {
    switch (frame.type) {
      case "ack":
        return this.#acknowledged(frame);
      case "message":
        return frame.kind === "system" ? this.#system(frame) : this.#said(frame);
      case "binary":
        return this.#said(frame);
      case "history":
        return this.#history(frame);
      case "presence":
        return this.#presence(frame);
      case "error":
        return this.#refused(frame);
    }
  }

  #acknowledged(frame: Frame<"ack">): void {
    const { id } = frame;
    const room = this.rooms.get(frame.room);
    if (room !== undefined && room.joinId === id) return this.#joined(room, frame);
    if (room !== undefined && frame.username !== undefined) {
      this.#renamed(room, frame.username, "user");
    }
    if (this.#replies.settle(id, frame)) return;
    const said = this.#outbox.settle(id);
    if (said === undefined) return;
    const { message, timestamp, stored = false } = frame;
    if (message !== undefined && timestamp !== undefined) {
      return this.#sent(said.message, { id: message, timestamp, stored });
    }
    this.#fail(
      said.message,
      undefined,
      "Cannot send: the acknowledgement must say its id and time",
    );
  }

  /** Also where nobody waits for the answer any more. */
  #renamed(room: ChatRoom, username: string, by: "user" | "server"): void {
    if (room.state.phase !== "joined" || room.username === username) return;
    room.renamed(username, by);
    this.#changed(room);
  }

  /** Not asked twice: of one that waits for its turn the second would bring no history. */
  #enter(room: ChatRoom, request: JoinRequest): void {
    const id = room.joinId = this.#ask(request);
    this.#pauses.later(() => {
      if (id === undefined || room.joinId !== id) return;
      const message = `Cannot join ${room.name} yet: must be answered within ${ACK_DEADLINE_MS} ms`;
      this.#owner.emit("error", { kind: "late", code: "join_unanswered", message });
    }, ACK_DEADLINE_MS);
  }

  #joined(room: ChatRoom, frame: Frame<"ack">): void {
    const username = frame.username ?? room.username;
    if (username === undefined || this.#session === undefined) return;
    room.joined(username, this.#session);
    this.#owner.proven();
    this.#changed(room);
    this.#flush(room);
  }

  #history(frame: Frame<"history">): void {
    const { id } = frame;
    if (id !== undefined && this.#replies.settle(id, frame)) return;
    const room = this.rooms.get(frame.room);
    // That of a join has none. One that nobody waits for any more says nothing of where the room stands.
    if (room === undefined || (id !== undefined && room.reading?.id !== id)) return;
    if (id !== undefined) room.reading = undefined;
    this.#tookHistory(room, frame);
  }

  #tookHistory(room: ChatRoom, frame: Frame<"history">): void {
    const session = this.#session;
    for (const said of frame.messages) this.#recognise(room, said, true);
    if (room.keeps(frame.kept)) this.#changed(room);
    if (this.#isStillIn(room, session)) this.#follow(room, room.timeline.history(frame));
  }

  #said(said: ChatSaid): void {
    const room = this.rooms.get(said.room);
    if (room === undefined) return;
    // Nobody says here whether it was kept, but the room hears when nothing is.
    this.#recognise(room, said, room.state.phase === "joined" && room.state.kept);
    this.#tell(room, room.timeline.live(said));
  }

  /** Notes that a message of its own was said, whose answer was lost with the connection. */
  #recognise(room: ChatRoom, said: ChatSaid, stored: boolean): void {
    if (room.timeline.knows(said.id)) return;
    const known = room.isOwn(said.username) ? this.#outbox.recognise(said) : undefined;
    const { id, timestamp } = said;
    if (known !== undefined) this.#sent(known.message, { id, timestamp, stored });
  }

  #system(frame: ChatEvents["system"]): void {
    const room = this.rooms.get(frame.room);
    if (room === undefined) return;
    const session = this.#session;
    this.#owner.emit("system", frame);
    // Nobody hears of a rename of their own doing: two had one name, and the server has given this one another.
    if (frame.old_username !== undefined && room.isOwn(frame.old_username)) {
      this.#renamed(room, frame.username, "server");
    }
    const kept = frame.event === "history_on";
    if (!kept && frame.event !== "history_off") return;
    if (room.keeps(kept)) this.#changed(room);
    if (!kept || !this.#isStillIn(room, session)) return;
    const range = room.timeline.readable();
    if (range !== undefined) this.#follow(room, { batches: [], read: range });
  }

  #presence(frame: Frame<"presence">): void {
    const { room, count, users } = frame;
    if (this.rooms.has(room)) this.#owner.emit("presence", { room, count, users });
    if (frame.id !== undefined) this.#replies.settle(frame.id, frame);
  }

  #refused({ id, code, message }: Frame<"error">): void {
    if (id !== undefined && this.#replies.fail(id, new Error(message))) return;
    const rooms = id === undefined ? [] : [...this.rooms.values()];
    const joining = rooms.find(({ joinId }) => joinId === id);
    if (joining !== undefined) return this.#notJoined(joining, code, message);
    const reading = rooms.find((room) => room.reading?.id === id);
    if (reading !== undefined) return this.#notRead(reading, code, message);
    if (id !== undefined && code === "rate_limited" && this.#outbox.again(id)) {
      return this.#holdBack();
    }
    const said = id === undefined ? undefined : this.#outbox.settle(id);
    if (said !== undefined) return this.#fail(said.message, code, message);
    if (id !== undefined && this.#excused.has(`${id}`)) return;
    this.#owner.emit("error", { kind: "refused", code, message });
  }

  #notJoined(room: ChatRoom, code: string, message: string): void {
    if (code === "rate_limited") {
      this.#pauses.later(() => {
        if (this.rooms.get(room.name) === room) this.join(room);
      }, RATE_LIMIT_PAUSE_MS);
      return;
    }
    const again = code === "username_taken" ? room.joinAgain() : undefined;
    if (again !== undefined) return this.#enter(room, again);
    room.refused(code, message);
    this.#changed(room);
  }

  /** One pause for all that was refused: each with its own would send the rest again and again. */
  #holdBack(): void {
    if (this.#isHeldBack) return;
    this.#isHeldBack = true;
    this.#pauses.later(() => {
      this.#isHeldBack = false;
      this.rooms.forEach((room) => this.#flush(room));
    }, RATE_LIMIT_PAUSE_MS);
  }

  /** Says what is next in a room. */
  #flush(room: ChatRoom): void {
    if (room.state.phase !== "joined" || this.#session === undefined || this.#isHeldBack) return;
    const due = this.#outbox.due(room.name);
    if (due !== undefined) this.#send(room, due, this.#nextId());
  }

  /**
   * Says a message, and once more where no answer comes. That bears the same id, so that the acknowledgement
   * of either will do, and that it was too much counts once both say so; by its key the room knows it.
   */
  #send(room: ChatRoom, { message, request }: OutboxEntry, id: RequestId): void {
    if (!this.#outbox.sent(message.key, id, room.timeline.newestHeardId)) {
      // Something about it may be what ends the connections.
      this.#outbox.remove(message.key);
      return this.#fail(message, undefined, "Cannot send: no attempt was answered");
    }
    this.#owner.send({ ...request, id });
    const characters = request.type === "message" ? request.content : request.data;
    room.stopWaiting();
    room.stopWaiting = this.#pauses.later(() => {
      const unanswered = this.#outbox.unanswered(id);
      if (unanswered === undefined) return;
      this.#excused.add(`${id}`);
      this.#send(room, unanswered, id);
    }, ACK_DEADLINE_MS + characters.length / SAID_CHARACTERS_PER_MS);
  }

  /** A listener may leave the room, or stop the client, in the middle of something. */
  #isStillIn(room: ChatRoom, session: string | undefined): boolean {
    return this.#session === session && this.rooms.get(room.name) === room;
  }

  /** There is something to tell, or to read, but not both. */
  #follow(room: ChatRoom, { batches, read }: TimelineStep): void {
    this.#tell(room, batches);
    if (read !== undefined) {
      this.#read(room, room.reading = { range: read, id: undefined, attempts: 0 });
    }
  }

  /** The server may hold a part back until the client has read others: it comes when it comes. */
  #read(room: ChatRoom, reading: Reading): void {
    reading.attempts += 1;
    reading.id = this.#ask({ type: "history", room: room.name, ...reading.range });
    if (reading.attempts > 1) return;
    this.#pauses.later(() => {
      if (room.reading !== reading) return;
      this.#tell(room, room.timeline.overdue());
      const message =
        `What was missed is not read yet: must be answered within ${REPLY_DEADLINE_MS} ms`;
      this.#owner.emit("error", { kind: "late", code: "history_unanswered", message });
    }, REPLY_DEADLINE_MS);
  }

  #notRead(room: ChatRoom, code: string, message: string): void {
    const { reading } = room;
    if (reading === undefined) return;
    reading.id = undefined;
    if (code === "rate_limited" && reading.attempts < READ_ATTEMPTS_MAX) {
      this.#pauses.later(() => {
        if (room.reading === reading) this.#read(room, reading);
      }, RATE_LIMIT_PAUSE_MS);
      return;
    }
    room.reading = undefined;
    this.#follow(room, room.timeline.unreadable());
    this.#owner.emit("error", { kind: "refused", code: "history_unreadable", message });
  }

  #tell(room: ChatRoom, batches: readonly SaidBatch[]): void {
    for (const batch of batches) this.#owner.emit("said", { room: room.name, ...batch });
  }

  #sent(
    message: OutgoingMessage,
    done: { readonly id: string; readonly timestamp: number; readonly stored: boolean },
  ): void {
    this.rooms.get(message.room)?.timeline.own(done.id);
    this.#settled(message, { phase: "sent", ...done });
  }

  #fail(message: OutgoingMessage, code: string | undefined, reason: string): void {
    this.#settled(message, { phase: "failed", code, message: reason });
  }

  /** A message waits no longer: the next of its room is said. */
  #settled(message: OutgoingMessage, status: OutgoingStatus): void {
    this.#told(message, status);
    const room = this.rooms.get(message.room);
    if (room !== undefined) this.#flush(room);
  }

  #told(message: OutgoingMessage, status: OutgoingStatus): void {
    this.#owner.emit("outgoing", { message, status });
  }

  #changed(room: ChatRoom): void {
    this.#owner.emit("room", { room: room.name, state: room.state });
  }

  #ask(request: ChatRequest): RequestId | undefined {
    if (this.#session === undefined) return undefined;
    const id = this.#nextId();
    this.#owner.send({ ...request, id });
    return id;
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}
