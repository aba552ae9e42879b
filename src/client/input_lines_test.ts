import assert from "node:assert/strict";
import { inputLines } from "./input_lines.ts";

async function linesOf(...pieces: readonly Uint8Array<ArrayBuffer>[]): Promise<string[]> {
  const input = ReadableStream.from(pieces);
  return await Array.fromAsync(inputLines(input, new AbortController().signal));
}

Deno.test("inputLines() puts lines and characters together that reads have split", async () => {
  const bytes = new TextEncoder().encode("Grüße\r\n\nlast");
  const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
  assert.deepEqual(await linesOf(...pieces), ["Grüße", "", "last"]);
  assert.deepEqual(await linesOf(new TextEncoder().encode("one\n")), ["one"]);
});

Deno.test("inputLines() gives up on a line without an end", async () => {
  const pieces = Array.from({ length: 11 }, () => new TextEncoder().encode("x".repeat(100_000)));
  await assert.rejects(linesOf(...pieces), /at most 1000000 characters/);
});

Deno.test("inputLines() ends with the signal while it waits for input", async () => {
  const stop = new AbortController();
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>();
  const lines = inputLines(endless, stop.signal);
  const next = lines.next();
  stop.abort();
  await assert.rejects(next, { name: "AbortError" });
});
