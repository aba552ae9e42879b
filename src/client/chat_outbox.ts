import type { ChatRequest, ChatSaid } from "../session/chat_protocol.ts";
import type { RequestId } from "../session/protocol.ts";
import type { OutgoingMessage } from "./outgoing_message.ts";

/** The request that says a message. */
export type SayRequest = Extract<ChatRequest, { type: "message" | "binary" }> & {
  readonly room: string;
  readonly key: string;
};

/** A message that has not been acknowledged. */
export interface OutboxEntry {
  readonly message: OutgoingMessage;
  /** Without an id. */
  readonly request: SayRequest;
}

interface Waiting extends OutboxEntry {
  /** Of the request on the present connection; `undefined` while it has to be sent. */
  requestId: RequestId | undefined;
  /** How many times that was sent and not answered. */
  copies: number;
  /** The newest message that was heard when it was first sent. */
  after: string | undefined;
  attempts: number;
  refusals: number;
}

const MESSAGES_MAX = 50;
const ATTEMPTS_MAX = 10;
/** A second apart. A server takes 50 messages of the largest size in less, by its defaults. */
const REFUSALS_MAX = 120;

/** What was said and not acknowledged yet, in order, over any number of connections. */
export class ChatOutbox {
  readonly #waiting = new Map<string, Waiting>();

  /** @throws {Error} when 50 messages wait already, or one with that key does */
  add(entry: OutboxEntry): void {
    const { key } = entry.message;
    if (this.#waiting.size >= MESSAGES_MAX) {
      throw new Error(`Cannot send: at most ${MESSAGES_MAX} messages may wait, ${MESSAGES_MAX} do`);
    }
    if (this.#waiting.has(key)) {
      throw new Error(`Cannot send: its key must not wait already, ${key} does`);
    }
    this.#waiting.set(key, {
      ...entry,
      requestId: undefined,
      copies: 0,
      after: undefined,
      attempts: 0,
      refusals: 0,
    });
  }

  /**
   * The one of a room that has to be sent now. None while another is on its way, which may be refused where
   * a smaller one behind it would not be, and would be said first.
   */
  due(room: string): OutboxEntry | undefined {
    for (const waiting of this.#waiting.values()) {
      if (waiting.message.room !== room) continue;
      return waiting.requestId === undefined ? waiting : undefined;
    }
  }

  /**
   * Notes that a message is on its way; returns false when it has been tried too often to go on.
   *
   * @param heardId of the newest message that was heard in its room
   */
  sent(key: string, requestId: RequestId, heardId?: string): boolean {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return true;
    if (waiting.attempts === 0) waiting.after = heardId;
    waiting.copies = waiting.requestId === requestId ? waiting.copies + 1 : 1;
    waiting.requestId = requestId;
    waiting.attempts += 1;
    return waiting.attempts <= ATTEMPTS_MAX;
  }

  /** The message that a request says, while it has not been answered. */
  unanswered(requestId: RequestId): OutboxEntry | undefined {
    return this.#find((waiting) => waiting.requestId === requestId);
  }

  /** Removes the message that a request said. */
  settle(requestId: RequestId): OutboxEntry | undefined {
    return this.#take((waiting) => waiting.requestId === requestId);
  }

  /** Removes a message by its key. */
  remove(key: string): OutboxEntry | undefined {
    return this.#take(({ message }) => message.key === key);
  }

  /**
   * Removes the message that the history shows to have been said: it was sent before, and the
   * acknowledgement did not come. What was heard before that, or is older, only has the same words.
   */
  recognise(said: ChatSaid): OutboxEntry | undefined {
    return this.#take(({ attempts, after = "", request }) =>
      attempts > 1 && said.id > after && request.room === said.room && isSame(request, said)
    );
  }

  /**
   * The request was not done, but may be repeated, unless that has been said 120 times; where it was sent
   * more than once, the rest of it is still to be answered. It does not count among the attempts that were
   * not.
   */
  again(requestId: RequestId): boolean {
    const waiting = this.#find((each) => each.requestId === requestId);
    if (waiting === undefined || waiting.refusals >= REFUSALS_MAX) return false;
    waiting.copies -= 1;
    if (waiting.copies === 0) waiting.requestId = undefined;
    waiting.attempts -= 1;
    waiting.refusals += 1;
    return true;
  }

  /** The connection is gone: everything has to be sent again. */
  lost(): void {
    for (const waiting of this.#waiting.values()) waiting.requestId = undefined;
  }

  /** Removes all of a room. */
  drop(room: string): OutboxEntry[] {
    const dropped = [...this.#waiting.values()].filter(({ message }) => message.room === room);
    for (const { message } of dropped) this.#waiting.delete(message.key);
    return dropped;
  }

  #take(matches: (waiting: Waiting) => boolean): OutboxEntry | undefined {
    const waiting = this.#find(matches);
    if (waiting !== undefined) this.#waiting.delete(waiting.message.key);
    return waiting;
  }

  #find(matches: (waiting: Waiting) => boolean): Waiting | undefined {
    return [...this.#waiting.values()].find(matches);
  }
}

function isSame(request: SayRequest, said: ChatSaid): boolean {
  if (request.type === "message") {
    return said.type === "message" && said.content === request.content;
  }
  return said.type === "binary" && said.data === request.data && said.name === request.name;
}
