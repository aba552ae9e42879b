import type { OutboxLimits } from "../session/outbox.ts";
import type { SessionRegistry } from "../session/registry.ts";
import type { SessionGroup } from "../session/session_group.ts";
import type { Visitor } from "../session/visitor.ts";
import { EchoSession } from "./echo_session.ts";

/** The echo service on one worker. */
export class EchoChannel {
  readonly #limits: OutboxLimits;
  readonly #sessions: SessionGroup<EchoSession>;

  constructor(registry: SessionRegistry, limits: OutboxLimits) {
    this.#limits = limits;
    this.#sessions = registry.group({ endpoint: "echo" });
  }

  /** Takes over a socket that is being upgraded. */
  open(socket: WebSocket, visitor: Visitor): void {
    this.#sessions.open(
      socket,
      visitor,
      (outlet, end) => new EchoSession(outlet, this.#limits, end),
    );
  }
}
