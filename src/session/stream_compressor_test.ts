import assert from "node:assert/strict";
import { DeflateReader } from "../../tests/support/deflate_reader.ts";
import { deflateFrame, kindFrame } from "./deflate_frame.ts";
import { DEFLATE_KINDS } from "./deflate_kinds.ts";
import { StreamCompressor } from "./stream_compressor.ts";

/** Names with all that JSON escapes, and text of several bytes a character. */
const NAMES = ["A", "zwölf €", 'a"b\\c', "line\nbreak\r\t", "\u2028 \u{1F4C8}"];

function update(seq: number): string {
  const quotes = NAMES.map((symbol, at) => ({ symbol, source: "sim_iex", price: 100 + seq * at }));
  return JSON.stringify({ type: "update", seq, quotes });
}

Deno.test("StreamCompressor.piece() holds one document to its end, whatever is in it", () => {
  const compressor = new StreamCompressor();
  const reader = new DeflateReader();
  const random = JSON.stringify(Array.from({ length: 50_000 }, Math.random));
  for (const [at, document] of [update(1), random, "{}", random, update(2)].entries()) {
    const kind = at === 0 ? DEFLATE_KINDS.first : DEFLATE_KINDS.piece;
    assert.equal(reader.read(kindFrame(kind, compressor.piece(document))), document);
  }
});

Deno.test("StreamCompressor.piece() is whole when it just fills the output", () => {
  // Sizes around the output's 16,384 bytes: then zlib has to be asked whether there is more.
  const compressor = new StreamCompressor();
  const reader = new DeflateReader();
  const text = Array.from(
    crypto.getRandomValues(new Uint8Array(32_768)),
    (byte) => String.fromCharCode(33 + byte % 90),
  ).join("");
  const sizes = new Set<boolean>();
  for (let length = 19_900; length < 20_400; length += 1) {
    compressor.restart();
    const document = text.slice(0, length);
    const piece = compressor.piece(document);
    sizes.add(piece.length > 16_384);
    assert.equal(reader.read(kindFrame(DEFLATE_KINDS.first, piece)), document);
  }
  assert.equal(sizes.size, 2, "smaller and larger ones");
});

Deno.test("StreamCompressor.piece() takes a quarter of what the document takes alone", () => {
  const compressor = new StreamCompressor();
  let alone = 0;
  let inStream = 0;
  for (let seq = 1000; seq < 1100; seq++) {
    alone += deflateFrame(update(seq)).length;
    inStream += compressor.piece(update(seq)).length;
  }
  assert.ok(inStream * 4 < alone, `${inStream} against ${alone}`);
});

Deno.test("StreamCompressor.restart() lets the next piece be read without those before", () => {
  const compressor = new StreamCompressor();
  compressor.piece(update(1));
  compressor.restart();
  const piece = compressor.piece(update(2));
  assert.equal(new DeflateReader().read(kindFrame(DEFLATE_KINDS.first, piece)), update(2));
});
