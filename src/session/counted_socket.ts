import { Buffer } from "node:buffer";
import type { Endpoint } from "../metric_names.ts";
import type { MetricWriter } from "../metrics.ts";
import type { Frame } from "./outbox.ts";
import type { SessionSocket } from "./session.ts";

/** What went one way; bytes are those of payloads. */
export interface Traffic {
  readonly frames: number;
  readonly bytes: number;
}

/** Counts what the sessions of one service are sent and send. Bytes are those of payloads, text as UTF-8. */
export class TrafficCount {
  readonly #framesSent: (amount: number) => void;
  readonly #bytesSent: (amount: number) => void;
  readonly #framesReceived: (amount: number) => void;
  readonly #bytesReceived: (amount: number) => void;
  #lastText = "";
  #lastBytes = 0;

  constructor(counters: MetricWriter, endpoint: Endpoint) {
    this.#framesSent = counters.adder(`frames_sent_${endpoint}`);
    this.#bytesSent = counters.adder(`bytes_sent_${endpoint}`);
    this.#framesReceived = counters.adder(`frames_received_${endpoint}`);
    this.#bytesReceived = counters.adder(`bytes_received_${endpoint}`);
  }

  /** A frame goes out. Returns its bytes. */
  sent(frame: Frame | ArrayBuffer): number {
    const bytes = typeof frame === "string" ? this.#textBytes(frame) : frame.byteLength;
    this.#framesSent(1);
    this.#bytesSent(bytes);
    return bytes;
  }

  /** A message has come in. Returns its bytes. */
  received(data: unknown): number {
    const bytes = messageBytes(data);
    this.#framesReceived(1);
    this.#bytesReceived(bytes);
    return bytes;
  }

  /** What many get is the very same text, and is measured once. */
  #textBytes(text: string): number {
    if (text === this.#lastText) return this.#lastBytes;
    this.#lastText = text;
    this.#lastBytes = Buffer.byteLength(text);
    return this.#lastBytes;
  }
}

/** What is sent over, and whether Deno takes it. */
type CountableSocket = SessionSocket & Pick<WebSocket, "readyState">;

/** A session's socket that counts what is sent over it, for its service and for itself. */
export class CountedSocket implements SessionSocket {
  readonly #socket: CountableSocket;
  readonly #traffic: TrafficCount;
  #sentFrames = 0;
  #sentBytes = 0;

  constructor(socket: CountableSocket, traffic: TrafficCount) {
    this.#socket = socket;
    this.#traffic = traffic;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /** What comes too late, when the socket is being closed, is lost and counts for nothing. */
  send(frame: Frame | ArrayBuffer): void {
    if (this.#socket.readyState > WebSocket.OPEN) return;
    this.#socket.send(frame);
    this.#sentFrames += 1;
    this.#sentBytes += this.#traffic.sent(frame);
  }

  /** Bytes that this session has been sent. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** What this session has been sent. */
  get sent(): Traffic {
    return { frames: this.#sentFrames, bytes: this.#sentBytes };
  }
}

function messageBytes(data: unknown): number {
  if (data instanceof ArrayBuffer) return data.byteLength;
  return typeof data === "string" ? Buffer.byteLength(data) : 0;
}
