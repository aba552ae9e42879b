import { DeflateReader } from "../support/deflate_reader.ts";

/** How the server's frames have to look, by what was connected to. */
export interface Expectation {
  /** "json": documents in text frames; "deflate": the same in binary frames; "any": what others sent. */
  readonly content: "json" | "deflate" | "any";
}

const FRAME_BYTES_MAX = 16 * 1024 * 1024;
const OPCODES = new Set([1, 2, 8, 9, 10]);
/** What the server says when it ends a session, and what Deno says of broken frames. */
const CLOSE_CODES = new Set([
  1000,
  1001,
  1002,
  1003,
  1005,
  1007,
  1008,
  1009,
  1011,
  1013,
  4008,
  4009,
  4029,
]);
/** Those of a client that says goodbye are said back to it. */
const REPEATED_CODES = new Set([1012, 2999, 3000, 4999]);

/** Reads what a server sends, and keeps what is wrong with it. */
export class FrameReader {
  readonly #expectation: Expectation;
  readonly #faults: string[] = [];
  readonly #compressed = new DeflateReader();
  #rest = new Uint8Array();
  #closeCode: number | undefined;

  constructor(expectation: Expectation) {
    this.#expectation = expectation;
  }

  get faults(): readonly string[] {
    return this.#faults;
  }

  /** What the server has closed the connection with; 1005 where it gave no code. */
  get closeCode(): number | undefined {
    return this.#closeCode;
  }

  push(bytes: Uint8Array<ArrayBuffer>): void {
    const joined = new Uint8Array(this.#rest.length + bytes.length);
    joined.set(this.#rest);
    joined.set(bytes, this.#rest.length);
    let offset = 0;
    while (this.#faults.length === 0) {
      const size = this.#readFrame(joined.subarray(offset));
      if (size === 0) break;
      offset += size;
    }
    this.#rest = joined.slice(offset);
  }

  /** @returns the frame's size, or 0 while some of it is missing */
  #readFrame(bytes: Uint8Array<ArrayBuffer>): number {
    const [first = 0, second = 0] = bytes;
    if (bytes.length < 2) return 0;
    if (second & 0x80) return this.#fault("must not be masked, is");
    if ((first & 0xf0) !== 0x80) {
      return this.#fault(`must be whole and plain, starts with ${first}`);
    }
    const short = second & 127;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < head) return 0;
    const length = short < 126
      ? short
      : bytes.subarray(2, head).reduce((sum, byte) => sum * 256 + byte, 0);
    if (length > FRAME_BYTES_MAX) return this.#fault(`must be bounded, announces ${length} bytes`);
    if (bytes.length < head + length) return 0;
    this.#readPayload(first & 15, bytes.subarray(head, head + length));
    return head + length;
  }

  #readPayload(opcode: number, payload: Uint8Array<ArrayBuffer>): void {
    if (!OPCODES.has(opcode)) this.#fault(`must have a known opcode, has ${opcode}`);
    if (opcode === 8) this.#readClose(payload);
    if (opcode > 2 || this.#expectation.content === "any") return;
    const wanted = this.#expectation.content === "json" ? 1 : 2;
    if (opcode !== wanted) return void this.#fault(`must have opcode ${wanted}, has ${opcode}`);
    try {
      JSON.parse(
        opcode === 1
          ? new TextDecoder("utf-8", { fatal: true }).decode(payload)
          : this.#compressed.read(payload),
      );
    } catch (error) {
      this.#fault(`must be a document, is not: ${error}`);
    }
  }

  #readClose(payload: Uint8Array<ArrayBuffer>): void {
    const [high, low] = payload;
    const code = high === undefined || low === undefined ? 1005 : high * 256 + low;
    this.#closeCode = code;
    if (!CLOSE_CODES.has(code) && !REPEATED_CODES.has(code)) {
      this.#fault(`must close with a documented code, closes with ${code}`);
    }
  }

  #fault(text: string): 0 {
    this.#faults.push(`A frame of the server ${text}`);
    return 0;
  }
}
