import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { deflateRawSync } from "node:zlib";
import { inflate } from "./inflate.ts";

Deno.test("inflate() gives back what was compressed", async () => {
  const text = `zwölf €${"1,2,3 ".repeat(50_000)}`;
  const bytes = new TextEncoder().encode(text).length;
  const compressed = new Uint8Array(deflateRawSync(text));
  assert.deepEqual(await inflate(compressed, bytes), { kind: "text", text, bytes });
});

Deno.test("inflate() stops at the limit, however small the frame is", async () => {
  const bomb = new Uint8Array(deflateRawSync(Buffer.alloc(100_000_000, "x")));
  const inflated = await inflate(bomb, 1_000_000);
  assert.equal(inflated.kind, "fatal");
  assert.match(inflated.kind === "fatal" ? inflated.fault : "", /at most 1000000 bytes/);
});

Deno.test("inflate() says what is wrong with bytes that are not text in raw deflate", async () => {
  const malformed = [
    new Uint8Array([255, 255, 255]),
    new Uint8Array([...deflateRawSync("{}"), 1, 2, 3]),
    new Uint8Array(deflateRawSync(new Uint8Array([0xff, 0xfe, 0xc0]))),
  ];
  for (const bytes of malformed) {
    const inflated = await inflate(bytes, 1000);
    assert.equal(inflated.kind, "malformed");
    assert.match(
      inflated.kind === "malformed" ? inflated.fault : "",
      /must be text in raw deflate/,
    );
  }
});
