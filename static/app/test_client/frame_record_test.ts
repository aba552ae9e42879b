/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { frameRecord } from "./frame_record.ts";

Deno.test("frameRecord() counts the bytes of a text as they travel", () => {
  const { kind, bytes, preview } = frameRecord("in", "zwölf", 0);
  assert.deepEqual({ kind, bytes, preview }, { kind: "text", bytes: 6, preview: "zwölf" });
});

Deno.test("frameRecord() shows bytes in hexadecimal", () => {
  const { kind, bytes, preview } = frameRecord("out", new Uint8Array([0, 10, 255]).buffer, 0);
  assert.deepEqual({ kind, bytes, preview }, { kind: "binary", bytes: 3, preview: "00 0a ff" });
});

Deno.test("frameRecord() shows what is in a compressed message, and counts its bytes as they travel", () => {
  const { kind, bytes, preview } = frameRecord("in", new ArrayBuffer(3), 0, { text: "{}" });
  assert.deepEqual({ kind, bytes, preview }, { kind: "binary", bytes: 3, preview: "{}" });
});

Deno.test("frameRecord() keeps the beginning of what is long", () => {
  assert.equal(frameRecord("in", "x".repeat(5000), 0).preview.length, 1001);
  assert.match(frameRecord("in", new ArrayBuffer(65), 0).preview, /^(00 ){64}…$/);
});

Deno.test("frameRecord() gives each record an id of its own", () => {
  assert.notEqual(frameRecord("in", "", 0).id, frameRecord("in", "", 0).id);
});
