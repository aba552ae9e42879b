import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { inflateRawSync } from "node:zlib";
import { Inflate, Z_SYNC_FLUSH } from "pako";
import { DEFLATE_KINDS } from "../../src/session/deflate_kinds.ts";

/** Reads the frames of `quotewire.v1.deflate` on one connection, at once and with none of the client's code. */
export class DeflateReader {
  /** Kinds of the frames so far. */
  readonly kinds: number[] = [];
  #stream: Inflate | undefined;

  /** The document of the next frame. @throws when it cannot be read */
  read(frame: Uint8Array): string {
    const [kind = -1] = frame;
    const compressed = frame.subarray(1);
    this.kinds.push(kind);
    if (kind === DEFLATE_KINDS.alone) return inflateRawSync(compressed).toString();
    if (kind === DEFLATE_KINDS.first) this.#stream = new Inflate({ raw: true });
    else assert.equal(kind, DEFLATE_KINDS.piece, "kind of a frame");
    assert.ok(this.#stream, "a piece comes after its stream has begun");
    return piece(this.#stream, compressed);
  }
}

function piece(stream: Inflate, compressed: Uint8Array): string {
  const parts: Uint8Array[] = [];
  stream.onData = (part) => {
    assert.ok(part instanceof Uint8Array);
    parts.push(part);
  };
  assert.ok(stream.push(compressed, Z_SYNC_FLUSH), stream.msg);
  const text = Buffer.concat(parts).toString();
  assert.equal(text.indexOf("\n"), text.length - 1, "a piece is one document and a newline");
  return text.slice(0, -1);
}
