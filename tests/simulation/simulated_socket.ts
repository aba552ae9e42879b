import type { Frame } from "../../src/session/outbox.ts";

/** What carries a socket's frames. */
export interface Carrier {
  /** Bytes handed over that have not left yet. */
  readonly queuedBytes: number;
  send(frame: Frame, bytes: number): void;
  close(code: number, reason: string): void;
}

/** One end of a WebSocket, as Deno and browsers have it. */
export class SimulatedSocket extends EventTarget implements WebSocket {
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readonly url: string;
  readonly extensions = "";
  binaryType: BinaryType = "blob";
  protocol = "";
  readyState: 0 | 1 | 2 | 3 = this.CONNECTING;
  onopen: ((this: WebSocket, event: Event) => unknown) | null = null;
  onmessage: ((this: WebSocket, event: MessageEvent) => unknown) | null = null;
  onclose: ((this: WebSocket, event: CloseEvent) => unknown) | null = null;
  onerror: ((this: WebSocket, event: Event | ErrorEvent) => unknown) | null = null;
  #carrier: Carrier | undefined;

  constructor(url: string) {
    super();
    this.url = url;
  }

  /** As in Deno 0 once the socket is not open, whatever is still held. */
  get bufferedAmount(): number {
    return this.readyState === this.OPEN ? this.#carrier?.queuedBytes ?? 0 : 0;
  }

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    if (this.readyState !== this.OPEN) return;
    if (typeof data === "string") return this.#carrier?.send(data, data.length);
    if (!(data instanceof Uint8Array)) {
      throw new TypeError("Cannot send: simulated sockets carry text and bytes alone");
    }
    this.#carrier?.send(new Uint8Array(data), data.length);
  }

  close(code = 1005, reason = ""): void {
    if (this.readyState >= this.CLOSING) return;
    this.readyState = this.CLOSING;
    this.#carrier?.close(code, reason);
  }

  /** The handshake is over. */
  opened(carrier: Carrier, protocol: string): void {
    if (this.readyState !== this.CONNECTING) return;
    this.#carrier = carrier;
    this.protocol = protocol;
    this.readyState = this.OPEN;
    const event = new Event("open");
    this.onopen?.(event);
    this.dispatchEvent(event);
  }

  /** A frame has come. */
  received(data: Frame): void {
    if (this.readyState !== this.OPEN) return;
    const event = new MessageEvent("message", {
      data: typeof data === "string" ? data : data.buffer,
    });
    this.onmessage?.(event);
    this.dispatchEvent(event);
  }

  /** Deno has given the peer up, and waits for an end that does not come. */
  givenUp(): void {
    if (this.readyState === this.OPEN) this.readyState = this.CLOSING;
  }

  /** The connection is over, or never came about. */
  closed(code: number, reason: string): void {
    if (this.readyState === this.CLOSED) return;
    this.readyState = this.CLOSED;
    const event = new CloseEvent("close", { code, reason, wasClean: code !== 1006 });
    this.onclose?.(event);
    this.dispatchEvent(event);
  }
}
