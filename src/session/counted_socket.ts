import { Buffer } from "node:buffer";
import type { Endpoint } from "../metric_names.ts";
import type { MetricWriter } from "../metrics.ts";
import type { Frame } from "./outbox.ts";
import type { SessionSocket } from "./session.ts";

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

  /** A frame goes out. */
  sent(frame: Frame | ArrayBuffer): void {
    this.#framesSent(1);
    this.#bytesSent(typeof frame === "string" ? this.#textBytes(frame) : frame.byteLength);
  }

  /** A message of so many bytes has come in. */
  received(bytes: number): void {
    this.#framesReceived(1);
    this.#bytesReceived(bytes);
  }

  /** What many get is the very same text, and is measured once. */
  #textBytes(text: string): number {
    if (text === this.#lastText) return this.#lastBytes;
    this.#lastText = text;
    this.#lastBytes = Buffer.byteLength(text);
    return this.#lastBytes;
  }
}

/** A session's socket that counts what is sent over it. */
export class CountedSocket implements SessionSocket {
  readonly #socket: SessionSocket;
  readonly #traffic: TrafficCount;

  constructor(socket: SessionSocket, traffic: TrafficCount) {
    this.#socket = socket;
    this.#traffic = traffic;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: Frame | ArrayBuffer): void {
    this.#socket.send(frame);
    this.#traffic.sent(frame);
  }
}
