import assert from "node:assert/strict";
import { OpenAnswer } from "./open_answers.ts";
import { pieces, piecewiseBody } from "./piecewise_body.ts";

const PIECE_BYTES = 262_144;

function bytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => at % 251);
}

async function read(body: BodyInit): Promise<Uint8Array> {
  return await new Response(body).bytes();
}

Deno.test("piecewiseBody() has all parts in their order", async () => {
  const answer = new OpenAnswer(() => {});
  for (const lengths of [[], [3, 2], [10, 3 * PIECE_BYTES + 7, 0, 20]]) {
    const parts = lengths.map(bytes);
    assert.deepEqual(await read(piecewiseBody(parts, answer)), await read(new Blob(parts)));
  }
});

Deno.test("piecewiseBody() ends an answer whose client is given up", async () => {
  const answer = new OpenAnswer(() => {});
  const reader = piecewiseBody([bytes(3 * PIECE_BYTES)], answer).getReader();
  assert.equal((await reader.read()).value?.length, PIECE_BYTES);
  answer.goOn(0);
  answer.look(1000, 1000);
  assert.equal((await reader.read()).done, true);
});

Deno.test("pieces() cuts what is large, and gathers what is small", () => {
  const many = Array.from({ length: 2 * PIECE_BYTES }, () => bytes(1));
  assert.deepEqual([...pieces(many)].map(({ length }) => length), [PIECE_BYTES, PIECE_BYTES]);
  const large = bytes(2 * PIECE_BYTES + 1);
  const cut = [...pieces([large])];
  assert.deepEqual(cut.map(({ length }) => length), [PIECE_BYTES, PIECE_BYTES, 1]);
  assert.ok(cut.every(({ buffer }) => buffer === large.buffer), "what is shared is not copied");
  assert.deepEqual([...pieces([])], []);
});
