import { type ReadonlySignal, signal } from "@preact/signals";
import { systemClock } from "../../../src/client/clock.ts";
import { FrameQueue } from "../../../src/client/frame_queue.ts";
import { Inflater } from "../../../src/client/inflater.ts";
import { PRICE_PROTOCOL_DEFLATE } from "../../../src/session/protocol.ts";
import { EchoTimes } from "./echo_times.ts";
import { FrameLog } from "./frame_log.ts";
import { type FrameData, frameRecord } from "./frame_record.ts";

/** Where the connection stands. */
export type SocketState =
  | { readonly kind: "connecting"; readonly url: string }
  | { readonly kind: "open"; readonly url: string; readonly protocol: string }
  /** `detail` says how it ended; empty before the first connection. */
  | { readonly kind: "closed"; readonly detail: string };

/** The page shows the beginning of a document; a larger one is no document of this server. */
const DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;

/** The page's one connection, at the user's command: it never reconnects by itself. */
export class TestSocket {
  readonly log = new FrameLog();
  readonly #echoes = new EchoTimes();
  readonly #state = signal<SocketState>({ kind: "closed", detail: "" });
  readonly #roundTripMs = signal<number | undefined>(undefined);
  #socket: WebSocket | undefined;
  #queue: FrameQueue | undefined;
  #inflater: Inflater | undefined;

  get state(): ReadonlySignal<SocketState> {
    return this.#state;
  }

  /** How long the last echo took. */
  get roundTripMs(): ReadonlySignal<number | undefined> {
    return this.#roundTripMs;
  }

  /** Connects; an earlier connection is closed and forgotten. */
  connect(url: string, protocol: string): void {
    this.#forget();
    let socket: WebSocket;
    try {
      socket = protocol === "" ? new WebSocket(url) : new WebSocket(url, protocol);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#state.value = { kind: "closed", detail };
      return;
    }
    this.#socket = socket;
    this.#state.value = { kind: "connecting", url };
    socket.binaryType = "arraybuffer";
    let opened = false;
    socket.onopen = () => {
      opened = true;
      if (socket.protocol === PRICE_PROTOCOL_DEFLATE) this.#queue = this.#inflating(socket);
      this.#state.value = { kind: "open", url, protocol: socket.protocol };
    };
    socket.onmessage = (event: MessageEvent<FrameData>) => this.#receive(event.data);
    socket.onclose = ({ code, reason }) => {
      this.#socket = undefined;
      this.#state.value = { kind: "closed", detail: ending(opened, code, reason) };
    };
  }

  /** Says goodbye. The state changes when the server has answered. */
  disconnect(): void {
    this.#socket?.close(1000, "done");
  }

  /** Sends a message. Does nothing unless the connection is open. */
  send(data: FrameData): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(data);
    this.#echoes.sent(data, performance.now());
    this.log.add(frameRecord("out", data, Date.now()));
  }

  /** Shows what compressed frames hold, in the order in which they came. */
  #inflating(socket: WebSocket): FrameQueue {
    const inflater = new Inflater(DOCUMENT_BYTES_MAX, systemClock);
    this.#inflater = inflater;
    return new FrameQueue((data) => inflater.inflate(data), {
      inflated: (inflated, frame) => {
        const text = inflated.kind === "text" ? inflated.text : undefined;
        this.log.add(frameRecord("in", frame.buffer, Date.now(), { text }));
        if (inflated.kind === "fatal") {
          socket.close(4000, "unreadable frame");
        }
      },
      overflowed: () => socket.close(4000, "page too slow"),
    });
  }

  #receive(data: FrameData): void {
    if (this.#queue !== undefined && typeof data !== "string") {
      return this.#queue.push(new Uint8Array(data));
    }
    const roundTripMs = this.#echoes.received(data, performance.now());
    if (roundTripMs !== undefined) this.#roundTripMs.value = roundTripMs;
    this.log.add(frameRecord("in", data, Date.now(), { roundTripMs }));
  }

  #forget(): void {
    this.#echoes.clear();
    this.#queue?.close();
    this.#queue = undefined;
    this.#inflater?.close();
    this.#inflater = undefined;
    this.#roundTripMs.value = undefined;
    if (this.#socket === undefined) return;
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close(1000, "done");
    this.#socket = undefined;
  }
}

function ending(opened: boolean, code: number, reason: string): string {
  if (!opened) return "The server refused the connection, or could not be reached";
  return `Closed with ${code}${reason === "" ? "" : `: ${reason}`}`;
}
