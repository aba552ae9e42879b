import assert from "node:assert/strict";
import { withDeadline } from "../../src/lifecycle.ts";
import { DeflateReader } from "./deflate_reader.ts";

/** A frame of the feed, as far as tests of slow clients look into it. */
export interface QuoteFrame {
  readonly type: string;
  readonly quotes?: readonly { readonly symbol: string; readonly price: number }[];
  readonly conflated?: number;
}

const TEXT_OPCODE = 1;
const BINARY_OPCODE = 2;
const CLOSE_OPCODE = 8;
const READ_DEADLINE_MS = 20_000;

/**
 * A WebSocket client that does not read until told to. A `WebSocket` cannot be made to: it reads as fast
 * as the network delivers.
 */
export class StalledClient implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #reader = new DeflateReader();
  #rest = new Uint8Array();

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Connects and reads the answer to the handshake, but nothing after it. */
  static async open(
    port: number,
    protocol: string | null,
    path = "/ws",
  ): Promise<StalledClient> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const client = new StalledClient(connection);
    await connection.write(new TextEncoder().encode(
      [
        `GET ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${port}`,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        ...(protocol === null ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
        "\r\n",
      ].join("\r\n"),
    ));
    try {
      assert.match(await client.#readAnswer(), /^HTTP\/1.1 101/);
    } catch (error) {
      connection.close();
      throw error;
    }
    return client;
  }

  async #readAnswer(): Promise<string> {
    let answer = "";
    // Byte by byte, so that no frame is read along with the answer.
    while (!answer.endsWith("\r\n\r\n")) {
      const byte = new Uint8Array(1);
      assert.equal(await this.#connection.read(byte), 1);
      answer += String.fromCharCode(byte[0] ?? 0);
    }
    return answer;
  }

  /** Sends a JSON message of at most 125 bytes. */
  async send(message: unknown): Promise<void> {
    const payload = new TextEncoder().encode(JSON.stringify(message));
    assert.ok(payload.length <= 125);
    // A mask of zeros leaves the payload as it is.
    await this.#connection.write(
      new Uint8Array([0x80 | TEXT_OPCODE, 0x80 | payload.length, 0, 0, 0, 0, ...payload]),
    );
  }

  /** Sends a close frame with any code: a WebSocket takes only 1000 and those from 3000 on. */
  async sendClose(code: number): Promise<void> {
    await this.#connection.write(
      new Uint8Array([0x80 | CLOSE_OPCODE, 0x80 | 2, 0, 0, 0, 0, code >> 8, code & 255]),
    );
  }

  /** Sends a binary message of 126 to 65535 zeros, if the server still takes it: it may have hung up. */
  async sendZeros(count: number): Promise<void> {
    assert.ok(count > 125 && count < 65_536);
    const frame = new Uint8Array(8 + count);
    frame.set([0x80 | BINARY_OPCODE, 0x80 | 126, count >> 8, count & 255]);
    try {
      for (let written = 0; written < frame.length;) {
        written += await this.#connection.write(frame.subarray(written));
      }
    } catch (error) {
      const hungUp = error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.BrokenPipe;
      if (!hungUp) throw error;
    }
  }

  /** Kinds of the compressed frames that have been read. */
  get kinds(): readonly number[] {
    return this.#reader.kinds;
  }

  /** Reads text frames and compressed ones until `done` returns true for one. */
  async readUntil(done: (frame: QuoteFrame) => boolean): Promise<void> {
    await withDeadline(this.#readUntil(done), READ_DEADLINE_MS, "read what was waited for");
  }

  async #readUntil(done: (frame: QuoteFrame) => boolean): Promise<void> {
    for (;;) {
      const [opcode = 0, second = 0] = await this.#take(2);
      const length = await this.#payloadLength(second & 127);
      const payload = await this.#take(length);
      const kind = opcode & 15;
      if (kind !== TEXT_OPCODE && kind !== BINARY_OPCODE) continue;
      const text = kind === TEXT_OPCODE
        ? new TextDecoder().decode(payload)
        : this.#reader.read(payload);
      if (done(JSON.parse(text))) return;
    }
  }

  async #payloadLength(short: number): Promise<number> {
    if (short < 126) return short;
    const bytes = await this.#take(short === 126 ? 2 : 8);
    return bytes.reduce((length, byte) => length * 256 + byte, 0);
  }

  async #take(count: number): Promise<Uint8Array> {
    const buffer = new Uint8Array(65_536);
    while (this.#rest.length < count) {
      const read = await this.#connection.read(buffer);
      assert.ok(read !== null, "the connection has ended");
      const joined = new Uint8Array(this.#rest.length + read);
      joined.set(this.#rest);
      joined.set(buffer.subarray(0, read), this.#rest.length);
      this.#rest = joined;
    }
    const taken = this.#rest.slice(0, count);
    this.#rest = this.#rest.slice(count);
    return taken;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
