import { HighWater } from "../session/high_water.ts";
import type { OutboxLimits } from "../session/outbox.ts";
import type { EndSession, Session, SessionSocket } from "../session/session.ts";
import { Echo } from "./echo.ts";

/** What a client of the echo service hears first. */
export const ECHO_WELCOME = "Connected to echo: every message comes back as it was sent";

/** One connection to the echo service: a welcome, then every message back, text as text, bytes as bytes. */
export class EchoSession implements Session {
  readonly kind = "echo";
  readonly #socket: SessionSocket;
  readonly #echo: Echo;

  constructor(socket: SessionSocket, limits: OutboxLimits, end: EndSession) {
    this.#socket = socket;
    this.#echo = new Echo(socket, new HighWater(socket, limits), end);
  }

  start(): void {
    this.#socket.send(ECHO_WELCOME);
  }

  receive(data: unknown): boolean {
    this.#echo.send(data);
    return true;
  }

  get waiting(): boolean {
    return this.#echo.waiting;
  }

  pump(nowMs: number): void {
    this.#echo.watch(nowMs);
  }

  /** A word of ours would look like an echo. The close code says it as well. */
  announceClosing(): void {}
}
