import assert from "node:assert/strict";
import fc from "fast-check";
import { fromBase64, toBase64 } from "../../src/client/base64.ts";
import { inflate } from "../../src/client/inflate.ts";
import { deflateFrame } from "../../src/session/deflate_frame.ts";

const aText = fc.string({ unit: "grapheme", maxLength: 2000 });

Deno.test("inflate() gives back what deflateFrame() was given", async () => {
  await fc.assert(fc.asyncProperty(aText, async (text) => {
    const bytes = new TextEncoder().encode(text).length;
    assert.deepEqual(await inflate(deflateFrame(text), bytes), { kind: "text", text, bytes });
  }));
});

Deno.test("inflate() never rejects, and never gives more than was allowed", async () => {
  const frames = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    // A good frame with a mistake in it.
    fc.tuple(aText, fc.nat(), fc.nat(255)).map(([text, at, value]) => {
      const frame = deflateFrame(text);
      frame[at % frame.length] = value;
      return frame;
    }),
    fc.tuple(aText, fc.nat()).map(([text, end]) => {
      const frame = deflateFrame(text);
      return frame.slice(0, end % frame.length);
    }),
  );
  await fc.assert(fc.asyncProperty(frames, fc.nat(3000), async (frame, bytesMax) => {
    const inflated = await inflate(new Uint8Array(frame), bytesMax);
    if (inflated.kind === "text") assert.ok(inflated.bytes <= bytesMax);
    else assert.ok(inflated.fault.length > 0);
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
