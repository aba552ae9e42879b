import { permit } from "../auth/grant.ts";
import type { Announcement } from "../chat/desk_messages.ts";
import { CHAT_RATE } from "../session/chat_protocol.ts";
import { CLOSE_CODES } from "../session/close_codes.ts";
import { RateLimit } from "../session/rate_limit.ts";
import { TalkOutlet } from "./talk_outlet.ts";
import type { Talker, TalkerContext } from "./talker.ts";

/** A chat client without a subprotocol: what it sends, all others in the room get as it is, and the reverse. */
export class RelaySession implements Talker {
  readonly kind = "relay";
  readonly id = crypto.randomUUID();
  readonly #context: TalkerContext;
  readonly #outlet: TalkOutlet;
  readonly #rate = new RateLimit(CHAT_RATE);

  constructor(context: TalkerContext) {
    this.#context = context;
    this.#outlet = new TalkOutlet(context.socket, context.limits, context.end);
  }

  start(): void {
    const { room, lease, address } = this.#context;
    const permission = permit([room], lease.grant.rooms, "room");
    if (!permission.ok) return this.#context.end(CLOSE_CODES.policy, permission.fault);
    this.#context.ask({ session: this.id, kind: "join", room, address, relay: true, history: 0 });
  }

  receive(data: unknown, nowMs: number): boolean {
    if (!this.#rate.take(nowMs)) {
      this.#context.end(CLOSE_CODES.rateLimit, "sends too much");
      return true;
    }
    if (typeof data !== "string" && !(data instanceof ArrayBuffer)) {
      throw new TypeError(`Cannot relay: must be text or an ArrayBuffer, is ${typeof data}`);
    }
    const content = typeof data === "string"
      ? { kind: "text", text: data } as const
      : { kind: "binary", data: new Uint8Array(data) } as const;
    this.#context.ask({ session: this.id, kind: "say", room: this.#context.room, content });
    return true;
  }

  /** A relay has no words for it. */
  tell(): void {}

  /** The desk is full or behind, which passes. */
  refuse(): void {
    this.#context.end(CLOSE_CODES.tryLater, "refused by the chat");
  }

  holdBack(): void {
    this.#context.end(CLOSE_CODES.rateLimit, "its address says too much");
  }

  hear({ plain }: Announcement): void {
    if (plain !== undefined) this.#outlet.send(typeof plain === "string" ? plain : plain.buffer);
  }

  replaced(): void {
    this.#context.end(CLOSE_CODES.done, "replaced by another connection of its client");
  }

  beat(_heartbeat: string | undefined, nowMs: number): void {
    this.#outlet.beat(nowMs);
  }

  get waiting(): boolean {
    return this.#outlet.waiting;
  }

  pump(nowMs: number): void {
    this.#outlet.watch(nowMs);
  }

  /** A word of ours would look like somebody's. The close code says it as well. */
  announceClosing(): void {}

  ended(): void {
    this.#context.ask({ session: this.id, kind: "gone" });
  }
}
