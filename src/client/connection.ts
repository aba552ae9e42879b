import type { Clock } from "./clock.ts";
import { Watchdog } from "./watchdog.ts";
import type { WireProtocol } from "./wire_protocol.ts";

/** How a connection ended. */
export type ConnectionEnd =
  /** The server or the network closed it, or it never came about; 1006 or 0 where there was no close frame. */
  | { readonly kind: "closed"; readonly code: number; readonly reason: string }
  /** It was open, but nothing arrived any more. */
  | { readonly kind: "mute"; readonly silentMs: number }
  /** It did not become useful in time, or does not speak the protocol at all. */
  | { readonly kind: "failed"; readonly reason: string };

/** What a connection tells its owner. After `ended` it MUST NOT call again. */
export interface ConnectionOwner<Received> {
  received(message: Received): void;
  malformed(fault: string): void;
  ended(end: ConnectionEnd): void;
}

/** Makes sockets as the browser's constructor does. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocket;

const PROGRESS_DEADLINE_MS = 10_000;

/**
 * One WebSocket, from the attempt to connect until it ends, once. It ends by itself when the server falls
 * silent, and when 10 s pass without progress towards being live.
 */
export class Connection<Sent extends object, Received> {
  readonly #socket: WebSocket;
  readonly #protocol: WireProtocol<Received>;
  readonly #clock: Clock;
  readonly #owner: ConnectionOwner<Received>;
  readonly #watchdog: Watchdog;
  readonly #listening = new AbortController();
  #cancelDeadline: () => void = () => {};
  #failure: string | undefined;

  /** @throws {SyntaxError} when the URL is not a WebSocket URL */
  constructor(
    url: string,
    options: {
      readonly protocol: WireProtocol<Received>;
      readonly webSocket: WebSocketConstructor;
      readonly clock: Clock;
    },
    owner: ConnectionOwner<Received>,
  ) {
    this.#protocol = options.protocol;
    this.#clock = options.clock;
    this.#owner = owner;
    this.#watchdog = new Watchdog(
      options.clock,
      (silentMs) => this.#end({ kind: "mute", silentMs }),
    );
    this.#socket = new options.webSocket(url, [options.protocol.name]);
    const { signal } = this.#listening;
    this.#socket.addEventListener("open", () => this.#opened(), { signal });
    this.#socket.addEventListener("message", (event) => this.#message(event.data), { signal });
    this.#socket.addEventListener("error", (event) => this.#failed(event), { signal });
    this.#socket.addEventListener("close", (event) => this.#closed(event), { signal });
    this.progress("connect");
  }

  /** Grants another 10 s for the next step towards being live. */
  progress(nextStep: string): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#clock.schedule(() => {
      const reason = `Cannot ${nextStep}: must end within ${PROGRESS_DEADLINE_MS} ms`;
      this.#end({ kind: "failed", reason });
    }, PROGRESS_DEADLINE_MS);
  }

  /** Nothing more is awaited but signs of life. */
  settled(): void {
    this.#cancelDeadline();
  }

  /** Ends the connection when nothing arrives for 2.5 times `heartbeatMs`, 2 s at least. */
  watch(heartbeatMs: number): void {
    this.#watchdog.start(heartbeatMs);
  }

  /** Judges the silence at once. */
  check(): void {
    this.#watchdog.check();
  }

  /** Sends a message; one that the socket can no longer take is lost, as it would be on the wire. */
  send(message: Sent): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Closes without a word to the owner. Harmless when it has ended. */
  close(): void {
    if (this.#listening.signal.aborted) return;
    // A mute peer never answers a close, so nobody waits for the answer.
    this.#listening.abort();
    this.#cancelDeadline();
    this.#watchdog.stop();
    this.#socket.close();
  }

  #opened(): void {
    const { name } = this.#protocol;
    if (this.#socket.protocol === name) return this.progress("greet the server");
    const reason = `Cannot speak to the server: must answer ${name}, ` +
      `answered ${this.#socket.protocol || "no subprotocol"}`;
    this.#end({ kind: "failed", reason });
  }

  #message(data: unknown): void {
    const decoded = this.#protocol.decode(data);
    if (decoded.kind === "malformed") return this.#owner.malformed(decoded.fault);
    this.#watchdog.hear();
    if (decoded.kind === "message") this.#owner.received(decoded.message);
  }

  #failed(event: Event): void {
    // Browsers say nothing here, for safety; Deno says what was wrong.
    if (event instanceof ErrorEvent) this.#failure = event.message;
  }

  #closed(event: CloseEvent): void {
    const reason = event.reason || this.#failure || "";
    this.#end({ kind: "closed", code: event.code, reason });
  }

  #end(end: ConnectionEnd): void {
    if (this.#listening.signal.aborted) return;
    this.close();
    this.#owner.ended(end);
  }
}
