import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { deflateFrame, kindFrame } from "../session/deflate_frame.ts";
import { DEFLATE_KINDS } from "../session/deflate_kinds.ts";
import { StreamCompressor } from "../session/stream_compressor.ts";
import { systemClock } from "./clock.ts";
import type { Inflated } from "./inflate.ts";
import { Inflater } from "./inflater.ts";

const { alone, piece, first } = DEFLATE_KINDS;
const BYTES_MAX = 2_000_000;
/** Text without the newline that ends a document. */
const endless = new Uint8Array(deflateRawSync("{}"));

function faultOf(inflated: Inflated): string {
  assert.equal(inflated.kind, "fatal");
  return inflated.fault;
}

/** The text of a frame that must hold one. */
async function textOf(inflater: Inflater, frame: Uint8Array<ArrayBuffer>): Promise<string> {
  const inflated = await inflater.inflate(frame);
  assert.equal(inflated.kind, "text");
  assert.equal(inflated.bytes, new TextEncoder().encode(inflated.text).length);
  return inflated.text;
}

Deno.test("Inflater.inflate() gives back each document of a stream at once, whatever is in it", async () => {
  const inflater = new Inflater(BYTES_MAX, systemClock);
  const compressor = new StreamCompressor();
  const random = JSON.stringify(Array.from({ length: 20_000 }, Math.random));
  // Large enough to arrive in parts that end within a character.
  const letters = ["z", "ö", "€", "\u{1F4C8}"];
  const drawn = Array.from({ length: 400_000 }, () => letters[Math.floor(Math.random() * 4)]);
  const letterMix = drawn.join("");
  const documents = [
    '{"symbol":"A"}',
    '{"symbol":"zwölf €\\n"}',
    random,
    letterMix,
    "{}",
    random,
    "",
  ];
  for (const [at, document] of documents.entries()) {
    const frame = kindFrame(at === 0 ? first : piece, compressor.piece(document));
    assert.equal(await textOf(inflater, frame), document);
  }
  inflater.close();
});

Deno.test("Inflater.inflate() reads documents alone between the pieces of a stream", async () => {
  const inflater = new Inflater(BYTES_MAX, systemClock);
  const compressor = new StreamCompressor();
  assert.equal(await textOf(inflater, deflateFrame("before")), "before");
  assert.equal(await textOf(inflater, kindFrame(first, compressor.piece("one"))), "one");
  assert.equal(await textOf(inflater, deflateFrame("between")), "between");
  assert.equal(await textOf(inflater, kindFrame(piece, compressor.piece("two"))), "two");
  inflater.close();
});

Deno.test("Inflater.inflate() forgets a stream when another begins", async () => {
  const inflater = new Inflater(BYTES_MAX, systemClock);
  const compressor = new StreamCompressor();
  const long = "0123456789".repeat(100);
  assert.equal(await textOf(inflater, kindFrame(first, compressor.piece(long))), long);
  const late = compressor.piece(long);
  compressor.restart();
  assert.equal(await textOf(inflater, kindFrame(first, compressor.piece("new"))), "new");
  assert.match(
    faultOf(await inflater.inflate(kindFrame(piece, late))),
    /must be text in raw deflate/,
  );
});

Deno.test("Inflater.inflate() takes no piece before its stream has begun, nor after one that it could not read", async () => {
  const inflater = new Inflater(BYTES_MAX, systemClock);
  const compressor = new StreamCompressor();
  const later = kindFrame(piece, compressor.piece("{}"));
  const refused = "must be the first piece of a stream, is a later one";
  assert.equal(faultOf(await inflater.inflate(later)), refused);
  faultOf(await inflater.inflate(kindFrame(first, new Uint8Array([255, 255, 255]))));
  assert.equal(faultOf(await inflater.inflate(later)), refused);
  inflater.close();
  assert.equal(faultOf(await inflater.inflate(later)), refused);
});

Deno.test("Inflater.inflate() limits each document and not the stream", async () => {
  const inflater = new Inflater(1000, systemClock);
  const compressor = new StreamCompressor();
  const small = "x".repeat(1000);
  for (const kind of [first, piece, piece]) {
    assert.equal(await textOf(inflater, kindFrame(kind, compressor.piece(small))), small);
  }
  const bomb = kindFrame(piece, compressor.piece("x".repeat(100_000_000)));
  assert.match(faultOf(await inflater.inflate(bomb)), /at most 1000 bytes, is larger/);
});

Deno.test("Inflater.inflate() refuses a piece of two documents", async () => {
  const inflater = new Inflater(BYTES_MAX, systemClock);
  const two = kindFrame(first, new StreamCompressor().piece("one\ntwo"));
  assert.match(faultOf(await inflater.inflate(two)), /goes on after its newline/);
});

Deno.test("Inflater.inflate() does not wait for ever for the end of a document", async () => {
  const clock = new FakeClock();
  const inflater = new Inflater(BYTES_MAX, clock);
  const inflated = inflater.inflate(kindFrame(first, endless));
  clock.advance(10_000);
  assert.match(faultOf(await inflated), /it has no end after 10000 ms/);
});

Deno.test("Inflater.close() ends a document that is under way", async () => {
  const inflater = new Inflater(BYTES_MAX, new FakeClock());
  const inflated = inflater.inflate(kindFrame(first, endless));
  inflater.close();
  faultOf(await inflated);
});

Deno.test("Inflater.inflate() says of a frame of another kind that it cannot be read, and goes on", async () => {
  const inflater = new Inflater(BYTES_MAX, systemClock);
  for (const frame of [new Uint8Array([9, 1]), new Uint8Array(), new Uint8Array([alone, 255])]) {
    assert.equal((await inflater.inflate(frame)).kind, "malformed");
  }
  assert.equal(await textOf(inflater, deflateFrame("{}")), "{}");
});
