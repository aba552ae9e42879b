import { createHash } from "node:crypto";
import type { Closable } from "../../src/lifecycle.ts";

const HANDSHAKE_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const TEXT_FRAME = 0x81;

/** The server's end of a WebSocket, byte by byte: for deaths that a WebSocket library does not offer. */
export class RawWebSocket {
  readonly #connection: Deno.TcpConn;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Answers the handshake of the next client. */
  static async accept(listener: Deno.TcpListener, protocol: string): Promise<RawWebSocket> {
    const connection = await listener.accept();
    const buffer = new Uint8Array(8192);
    let request = "";
    while (!request.includes("\r\n\r\n")) {
      const count = await connection.read(buffer);
      if (count === null) throw new Error("Cannot accept a WebSocket: the client has gone");
      request += new TextDecoder().decode(buffer.subarray(0, count));
    }
    const key = /^sec-websocket-key: *(.+)\r$/im.exec(request)?.[1] ?? "";
    const accept = createHash("sha1").update(key + HANDSHAKE_GUID).digest("base64");
    const socket = new RawWebSocket(connection);
    await socket.#write(new TextEncoder().encode(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    ));
    return socket;
  }

  /** Sends a text message. */
  async send(message: unknown): Promise<void> {
    await this.#write(frame(message));
  }

  /** Sends the first half of a text message and cuts the connection. */
  async dieWithin(message: unknown): Promise<void> {
    const bytes = frame(message);
    await this.#write(bytes.subarray(0, bytes.length / 2));
    this.cut();
  }

  /** Cuts the connection without a close frame. */
  cut(): void {
    this.#connection.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      written += await this.#connection.write(bytes.subarray(written));
    }
  }
}

/** A TCP listener that accepts and says nothing, as a host behind a dead load balancer does. */
export class SilentListener implements Closable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: Deno.TcpConn[] = [];
  readonly #done: Promise<void>;

  constructor() {
    this.#done = this.#accept();
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#listener.addr.port}/ws`;
  }

  /** Connections accepted so far. */
  get accepted(): number {
    return this.#connections.length;
  }

  async close(): Promise<void> {
    this.#listener.close();
    await this.#done;
    for (const connection of this.#connections) connection.close();
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) this.#connections.push(connection);
  }
}

function frame(message: unknown): Uint8Array {
  const payload = new TextEncoder().encode(JSON.stringify(message));
  if (payload.length > 65_535) {
    throw new RangeError(`Cannot frame a message: must have 65535 bytes, has ${payload.length}`);
  }
  const header = payload.length < 126
    ? [TEXT_FRAME, payload.length]
    : [TEXT_FRAME, 126, payload.length >> 8, payload.length & 255];
  return new Uint8Array([...header, ...payload]);
}
