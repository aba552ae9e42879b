import assert from "node:assert/strict";
import { readYes } from "./confirmation.ts";

const never = new AbortController().signal;

function inputOf(...chunks: string[]): { readable: ReadableStream<Uint8Array> } {
  return { readable: ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk))) };
}

Deno.test("readYes() takes the word yes", async () => {
  assert.equal(await readYes(inputOf("yes\n"), never), true);
});

Deno.test("readYes() takes a word that arrives in pieces", async () => {
  assert.equal(await readYes(inputOf("y", "es", "\r\n"), never), true);
});

for (const answer of ["y\n", "YES\n", "\n", "", "no\nyes\n", "yes please\n"]) {
  Deno.test(`readYes() takes ${JSON.stringify(answer)} for no`, async () => {
    assert.equal(await readYes(inputOf(answer), never), false);
  });
}

Deno.test("readYes() takes an abort for no", async () => {
  const controller = new AbortController();
  const answer = readYes({ readable: new ReadableStream() }, controller.signal);
  controller.abort();
  assert.equal(await answer, false);
});

Deno.test("readYes() gives up on a line without an end", async () => {
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(256).fill(0x79)),
  });
  assert.equal(await readYes({ readable: endless }, never), false);
});
