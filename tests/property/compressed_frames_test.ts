import assert from "node:assert/strict";
import fc from "fast-check";
import { fromBase64, toBase64 } from "../../src/client/base64.ts";
import { systemClock } from "../../src/client/clock.ts";
import { Inflater } from "../../src/client/inflater.ts";
import { deflateFrame, kindFrame } from "../../src/session/deflate_frame.ts";
import { DEFLATE_KINDS, type DeflateKind } from "../../src/session/deflate_kinds.ts";
import { SharedStream } from "../../src/session/shared_stream.ts";
import { StreamCompressor } from "../../src/session/stream_compressor.ts";
import { DeflateReader } from "../support/deflate_reader.ts";

const aText = fc.string({ unit: "grapheme", maxLength: 2000 });

/** Fires before long, because broken streams may have no end. */
const HASTY_CLOCK = {
  nowMs: () => 0,
  schedule(task: () => void) {
    const timer = setTimeout(task, 5);
    return () => clearTimeout(timer);
  },
};

/** What a stream's clients do: whether each takes the next update, and how long after the last it comes. */
const someUpdates = fc.array(
  fc.record({
    document: aText.map((text) => JSON.stringify(text)),
    taken: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    pauseMs: fc.nat(800),
  }),
  { maxLength: 40 },
);

Deno.test("SharedStream gives every client what it takes, whatever it left out before", () => {
  fc.assert(fc.property(someUpdates, (updates) => {
    let number = 0;
    const stream = new SharedStream(() => number += 1);
    const clients = [0, 1, 2, 3].map(() => ({ place: { piece: 0 }, reader: new DeflateReader() }));
    let nowMs = 0;
    let begunAtMs = -Infinity;
    for (const { document, taken, pauseMs } of updates) {
      nowMs += pauseMs;
      const framesFor = stream.update(document, nowMs);
      const kinds = new Set<number | undefined>();
      for (const { place, reader } of clients.filter((_, index) => taken[index])) {
        for (const frame of framesFor(place)) {
          assert.ok(frame instanceof Uint8Array);
          assert.equal(reader.read(frame), document);
          kinds.add(frame[0]);
        }
      }
      if (!kinds.has(DEFLATE_KINDS.first)) continue;
      assert.equal(kinds.size, 1, "a new stream is for all");
      assert.ok(nowMs - begunAtMs >= 1000, "and begins at most once a second");
      begunAtMs = nowMs;
    }
  }));
});

Deno.test("Inflater gives back what deflateFrame() and StreamCompressor were given", async () => {
  const documents = fc.array(fc.tuple(aText, fc.boolean()), { maxLength: 5 });
  await fc.assert(fc.asyncProperty(documents, async (drawn) => {
    const inflater = new Inflater(1_000_000, systemClock);
    const compressor = new StreamCompressor();
    let kind: DeflateKind = DEFLATE_KINDS.first;
    for (const [drawnText, alone] of drawn) {
      const text = JSON.stringify(drawnText);
      const bytes = new TextEncoder().encode(text).length;
      const frame: Uint8Array<ArrayBuffer> = alone
        ? deflateFrame(text)
        : kindFrame(kind, compressor.piece(text));
      if (!alone) kind = DEFLATE_KINDS.piece;
      assert.deepEqual(await inflater.inflate(frame), { kind: "text", text, bytes });
    }
    inflater.close();
  }));
});

Deno.test("Inflater never rejects, and never gives more than was allowed", async () => {
  const good = fc.tuple(aText, fc.boolean()).map(([text, alone]) => ({
    frame: alone
      ? deflateFrame(text)
      : kindFrame(DEFLATE_KINDS.first, new StreamCompressor().piece(text)),
    bytes: utf8Length(text),
  }));
  const broken = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    // A good frame with a mistake in it.
    fc.tuple(good, fc.nat(), fc.nat(255)).map(([{ frame }, at, value]) => {
      frame[at % frame.length] = value;
      return frame;
    }),
    fc.tuple(good, fc.nat()).map(([{ frame }, end]) => frame.slice(0, end % frame.length)),
  );
  const somewhere = fc.array(broken, { maxLength: 1 });
  // A bound is missed by documents that are near it, and hardly ever by others.
  const drawn = fc.tuple(somewhere, good, somewhere).chain(([before, { frame, bytes }, after]) =>
    fc.record({
      frames: fc.constant([...before, frame, ...after]),
      bytesMax: fc.oneof(
        fc.nat(3000),
        fc.constantFrom(Math.max(bytes - 1, 0), bytes, bytes + 1, bytes >> 1),
      ),
    })
  );
  await fc.assert(fc.asyncProperty(drawn, async ({ frames, bytesMax }) => {
    const inflater = new Inflater(bytesMax, HASTY_CLOCK);
    for (const frame of frames) {
      const inflated = await inflater.inflate(new Uint8Array(frame));
      if (inflated.kind === "text") {
        assert.ok(inflated.bytes <= bytesMax);
        assert.ok(utf8Length(inflated.text) <= inflated.bytes);
      } else assert.ok(inflated.fault.length > 0);
    }
    inflater.close();
  }));
});

Deno.test("fromBase64() gives back what toBase64() was given", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
    assert.deepEqual(fromBase64(toBase64(bytes)), new Uint8Array(bytes));
  }));
});

Deno.test("fromBase64() never throws", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    fromBase64(text);
  }));
});

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
