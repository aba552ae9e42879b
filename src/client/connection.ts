import { BEARER_PROTOCOL_PREFIX, TOKEN_DEADLINE_MS } from "../auth/carriers.ts";
import { CLOSE_CODES } from "../session/close_codes.ts";
import type { AuthRequest } from "../session/protocol.ts";
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
  /** It never came about, and whether the server said no does not show; the reason is the platform's. */
  | { readonly kind: "unanswered"; readonly reason: string }
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

/** How a connection shows its token. */
export type TokenCarrier =
  /** Among the subprotocols: the one carrier of a handshake that browsers and programs have in common. */
  | "handshake"
  /** As the first message, which is answered with a close that everybody can read. */
  | "message";

/**
 * What Deno 2.9.6 and ws 8.23 say of a handshake that was answered with a status. Browsers and Node's own
 * WebSocket say nothing. Over TLS Deno hides the answer too: it tries again over HTTP/2, which our server does
 * not take, and tells of that fault alone (measured on 2.9.6).
 */
const ANSWER_REGEXP = /(?:status code|server response): (\d{3})\b/;
/** A refusal by then is of the token itself. Later it may be of one that was too long on its way. */
const PROMPT_REFUSAL_MS = TOKEN_DEADLINE_MS * 0.9;
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
  /** What is shown by the first message. */
  readonly #firstToken: string | undefined;
  readonly #startMs: number;
  #hasOpened = false;
  #failure = "";
  #isOver = false;

  /** @throws {SyntaxError} when the URL is not a WebSocket URL */
  constructor(
    url: string,
    options: {
      /** What it can speak; the server chooses, and is asked to choose the first. */
      readonly protocols: readonly WireProtocol<Received>[];
      /** Shown to the server by its carrier, where it has to be. */
      readonly token?: string | undefined;
      readonly carrier: TokenCarrier;
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
    const { token } = options;
    if (options.carrier === "message") this.#firstToken = token;
    else if (token !== undefined) offer.push(BEARER_PROTOCOL_PREFIX + token);
    this.#startMs = options.clock.nowMs();
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
  send(message: Sent | AuthRequest): void {
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
    this.#hasOpened = true;
    if (this.protocol !== undefined) {
      const token = this.#firstToken;
      if (token !== undefined) this.send({ type: "auth", token });
      return this.progress("greet the server");
    }
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
    const end = this.#endOf(event);
    // What came before counts: the last words say when to come back.
    this.#queue.after(() => this.#end(end));
  }

  /** Where a refused token shows, it is refused for good. */
  #endOf({ code, reason }: SocketEnd): ConnectionEnd {
    const { unauthenticated } = CLOSE_CODES;
    const status = ANSWER_REGEXP.exec(this.#failure)?.[1];
    if (status === "401") {
      return { kind: "closed", code: unauthenticated.code, reason: unauthenticated.reason };
    }
    if (!this.#hasOpened && status === undefined) {
      return { kind: "unanswered", reason: reason || this.#failure };
    }
    const tookMs = this.#clock.nowMs() - this.#startMs;
    const isLate = this.#firstToken !== undefined && tookMs >= PROMPT_REFUSAL_MS;
    if (isLate && code === unauthenticated.code && reason === unauthenticated.reason) {
      const rule = `must be there within ${TOKEN_DEADLINE_MS} ms, was refused after ${tookMs}`;
      return { kind: "failed", reason: `Cannot show the token: ${rule}` };
    }
    return { kind: "closed", code, reason: reason || this.#failure };
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

function byteLength(data: unknown): number {
  if (data instanceof ArrayBuffer) return data.byteLength;
  return typeof data === "string" ? new TextEncoder().encode(data).length : 0;
}
