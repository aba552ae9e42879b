import { BEARER_PROTOCOL_PREFIX } from "../auth/carriers.ts";
import { CLOSE_CODES } from "../session/close_codes.ts";
import {
  type ClientSocket,
  SOCKET_CONNECTING,
  SOCKET_OPEN,
  type WebSocketConstructor,
} from "./client_socket.ts";
import type { Clock } from "./clock.ts";
import { FrameQueue } from "./frame_queue.ts";
import type { Inflated } from "./inflate.ts";
import { Inflater } from "./inflater.ts";
import { Watchdog } from "./watchdog.ts";
import { malformed, type WireProtocol } from "./wire_protocol.ts";

/** How a connection ended. */
export type ConnectionEnd =
  /** The server or the network closed it, or it never came about; 1006 or 0 where there was no close frame. */
  | { readonly kind: "closed"; readonly code: number; readonly reason: string }
  /** It was open, but nothing arrived any more. */
  | { readonly kind: "mute"; readonly silentMs: number }
  /** It did not become useful in time, or does not speak the protocol at all. */
  | { readonly kind: "failed"; readonly reason: string };

/** What the end of a socket says. */
interface SocketEnd {
  readonly code: number;
  readonly reason: string;
}

/** What a connection tells its owner. After `ended` it MUST NOT call again. */
export interface ConnectionOwner<Received> {
  received(message: Received): void;
  malformed(fault: string): void;
  /** A frame has come, of so many bytes, with a document of so many bytes in it. */
  transferred(wireBytes: number, documentBytes: number): void;
  ended(end: ConnectionEnd): void;
}

/** What Deno 2.9.6 and ws 8.23 say of a handshake that was answered with 401. */
const UNAUTHENTICATED_REGEXP = /(status code|server response): 401\b/;
const PROGRESS_DEADLINE_MS = 10_000;
/** A mute peer never answers a close. */
const GOODBYE_DEADLINE_MS = 500;
/** Largest document that is read from a compressed frame. The largest that a server sends are some MB. */
const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;

/**
 * One WebSocket, from the attempt to connect until it ends, once. It ends by itself when the server falls
 * silent, and when 10 s pass without progress towards being live.
 */
export class Connection<Sent extends object, Received> {
  readonly #socket: ClientSocket;
  readonly #protocols: readonly WireProtocol<Received>[];
  readonly #clock: Clock;
  readonly #owner: ConnectionOwner<Received>;
  readonly #watchdog: Watchdog;
  readonly #inflater: Inflater;
  readonly #queue: FrameQueue;
  #cancelDeadline: () => void = () => {};
  #failure: string | undefined;
  #isOver = false;

  /** @throws {SyntaxError} when the URL is not a WebSocket URL */
  constructor(
    url: string,
    options: {
      /** What it can speak; the server chooses, and is asked to choose the first. */
      readonly protocols: readonly WireProtocol<Received>[];
      /** Shown to the server, where it has to be. */
      readonly token?: string | undefined;
      readonly webSocket: WebSocketConstructor;
      readonly clock: Clock;
    },
    owner: ConnectionOwner<Received>,
  ) {
    this.#protocols = options.protocols;
    this.#clock = options.clock;
    this.#owner = owner;
    this.#watchdog = new Watchdog(
      options.clock,
      (silentMs) => this.#end({ kind: "mute", silentMs }),
    );
    this.#inflater = new Inflater(DOCUMENT_BYTES_MAX, options.clock);
    this.#queue = new FrameQueue((data) => this.#inflater.inflate(data), {
      inflated: (inflated, frame) => this.#inflated(inflated, frame.length),
      overflowed: (fault) => this.#fail(`keep up with the server: ${fault}`),
    });
    const offer = options.protocols.map(({ name }) => name);
    // The one carrier that browsers and programs have in common.
    if (options.token !== undefined) offer.push(BEARER_PROTOCOL_PREFIX + options.token);
    this.#socket = new options.webSocket(url, offer);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = ({ data }: { readonly data: unknown }) => this.#message(data);
    this.#socket.onerror = (event: object) => this.#failed(event);
    this.#socket.onclose = (event: SocketEnd) => this.#closed(event);
    this.progress("connect");
  }

  /** The subprotocol that the server chose; undefined before it has. */
  get protocol(): WireProtocol<Received> | undefined {
    return this.#protocols.find(({ name }) => name === this.#socket.protocol);
  }

  /** Grants another 10 s for the next step towards being live. */
  progress(nextStep: string): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#clock.schedule(() => {
      this.#fail(`${nextStep}: must end within ${PROGRESS_DEADLINE_MS} ms`);
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
    if (this.#socket.readyState === SOCKET_OPEN) this.#socket.send(JSON.stringify(message));
  }

  /**
   * Closes without a word to the owner. Harmless when it has ended. Resolves when the server has answered,
   * within half a second.
   */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.onopen = this.#socket.onmessage = null;
    // The package ws throws an error that nobody listens to, such as of a socket that is closed too soon.
    this.#socket.onerror = () => {};
    this.#cancelDeadline();
    this.#watchdog.stop();
    this.#queue.close();
    this.#inflater.close();
    const answered = new Promise<void>((resolve) => {
      const cancel = this.#clock.schedule(resolve, GOODBYE_DEADLINE_MS);
      this.#socket.onclose = () => {
        cancel();
        resolve();
      };
    });
    this.#socket.close();
    await answered;
  }

  #opened(): void {
    if (this.protocol !== undefined) return this.progress("greet the server");
    const names = this.#protocols.map(({ name }) => name).join(" or ");
    const answered = this.#socket.protocol || "no subprotocol";
    this.#fail(`speak to the server: must answer ${names}, answered ${answered}`);
  }

  #message(data: unknown): void {
    if (this.protocol?.compressed !== true) {
      const bytes = byteLength(data);
      return this.#decode(data, bytes, bytes);
    }
    if (!(data instanceof ArrayBuffer)) return this.#malformed("must be binary, is text");
    // A sign of life when it comes, however long it then waits for those before it.
    this.#watchdog.hear();
    this.#queue.push(new Uint8Array(data));
  }

  #inflated(inflated: Inflated, wireBytes: number): void {
    switch (inflated.kind) {
      case "text":
        return this.#decode(inflated.text, wireBytes, inflated.bytes);
      case "malformed":
        this.#owner.transferred(wireBytes, 0);
        return this.#malformed(inflated.fault);
      case "fatal":
        return this.#fail(`read a message: ${inflated.fault}`);
    }
  }

  #decode(data: unknown, wireBytes: number, documentBytes: number): void {
    this.#owner.transferred(wireBytes, documentBytes);
    const decoded = this.protocol?.decode(data) ?? malformed("must come after the handshake");
    if (decoded.kind === "malformed") return this.#owner.malformed(decoded.fault);
    this.#watchdog.hear();
    if (decoded.kind === "message") this.#owner.received(decoded.message);
  }

  #malformed(fault: string): void {
    this.#owner.malformed(malformed(fault).fault);
  }

  #failed(event: object): void {
    // Browsers say nothing here, for safety; the others say what was wrong.
    if ("message" in event && typeof event.message === "string") this.#failure = event.message;
    // Others are closed by now, and say so next. The one of Node.js 22 never does (measured on 22.23.3).
    if (this.#socket.readyState === SOCKET_CONNECTING) this.#closed({ code: 1006, reason: "" });
  }

  #closed(event: SocketEnd): void {
    const end = endOf(event, this.#failure ?? "");
    // What came before counts: the last words say when to come back.
    this.#queue.after(() => this.#end(end));
  }

  #fail(reason: string): void {
    this.#end({ kind: "failed", reason: `Cannot ${reason}` });
  }

  #end(end: ConnectionEnd): void {
    if (this.#isOver) return;
    this.close();
    this.#owner.ended(end);
  }
}

/** Where a refused token shows, as it does not in browsers, it is refused for good. */
function endOf({ code, reason }: SocketEnd, failure: string): ConnectionEnd {
  if (!UNAUTHENTICATED_REGEXP.test(failure)) {
    return { kind: "closed", code, reason: reason || failure };
  }
  const { unauthenticated } = CLOSE_CODES;
  return { kind: "closed", code: unauthenticated.code, reason: unauthenticated.reason };
}

function byteLength(data: unknown): number {
  if (data instanceof ArrayBuffer) return data.byteLength;
  return typeof data === "string" ? new TextEncoder().encode(data).length : 0;
}
