import {
  Z_DEFAULT_STRATEGY,
  Z_OK,
  Z_SYNC_FLUSH,
  zlibDeflate,
  zlibDeflateInit2,
  zlibDeflateReset,
  ZStream,
} from "pako";
import { DEFLATE_LEVEL } from "./deflate_frame.ts";

const METHOD_DEFLATE = 8;
/** The largest window, 32 KB; negative for raw deflate. */
const WINDOW_BITS = -15;
const MEMORY_LEVEL = 8;
const OUTPUT_BYTES = 16_384;

/**
 * Compresses documents into one stream of raw deflate, in pieces: each holds one document and a newline
 * and ends with a sync flush, so that whoever has had the pieces before can read it at once. Takes some
 * 290 KB.
 *
 * By pako, because `node:zlib` of Deno 2.9.6 cannot: its synchronous calls start anew each time, and
 * leave their option `dictionary` aside without a word (measured).
 */
export class StreamCompressor {
  readonly #stream = new ZStream();
  readonly #output = new Uint8Array(OUTPUT_BYTES);
  readonly #encoder = new TextEncoder();

  constructor() {
    const status = zlibDeflateInit2(
      this.#stream,
      DEFLATE_LEVEL,
      METHOD_DEFLATE,
      WINDOW_BITS,
      MEMORY_LEVEL,
      Z_DEFAULT_STRATEGY,
    );
    if (status !== Z_OK) throw this.#error("start", status);
  }

  /** The next piece begins a new stream, which nobody needs any other piece for. */
  restart(): void {
    const status = zlibDeflateReset(this.#stream);
    if (status !== Z_OK) throw this.#error("start again", status);
  }

  /** @param document MUST NOT hold a newline, as JSON from `JSON.stringify` does not */
  piece(document: string): Uint8Array {
    const stream = this.#stream;
    stream.input = this.#encoder.encode(`${document}\n`);
    stream.next_in = 0;
    stream.avail_in = stream.input.length;
    const parts: Uint8Array[] = [];
    do {
      stream.output = this.#output;
      stream.next_out = 0;
      stream.avail_out = OUTPUT_BYTES;
      zlibDeflate(stream, Z_SYNC_FLUSH);
      parts.push(this.#output.slice(0, stream.next_out));
      // A full output is the sign that there may be more.
    } while (stream.avail_out === 0);
    if (stream.avail_in > 0) throw this.#error("compress", stream.avail_in);
    return joined(parts);
  }

  #error(action: string, status: number): Error {
    return new Error(
      `Cannot ${action}: zlib must take all, answered ${status} ${this.#stream.msg}`,
    );
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
