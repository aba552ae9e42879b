import assert from "node:assert/strict";
import { SharedAnswers } from "./shared_answers.ts";

const LIMITS = { freshMs: 100, costFactor: 10, entriesMax: 2, pendingMax: 2, askerPendingMax: 1 };

function stage() {
  const clock = { nowMs: 0 };
  const answers = new SharedAnswers<number>(LIMITS, () => clock.nowMs);
  let worked = 0;
  const work = () => Promise.resolve(++worked);
  return { clock, answers, work };
}

Deno.test("SharedAnswers.ask() gives one answer to all who ask at once, and a new one later", async () => {
  const { clock, answers, work } = stage();
  assert.deepEqual(
    await Promise.all([answers.ask("a", undefined, work), answers.ask("a", undefined, work)]),
    [1, 1],
  );
  clock.nowMs = 99;
  assert.equal(await answers.ask("a", undefined, work), 1);
  clock.nowMs = 101;
  assert.equal(await answers.ask("a", undefined, work), 2);
  assert.equal(await answers.ask("b", undefined, work), 3);
});

Deno.test("SharedAnswers.ask() keeps a dear answer for longer", async () => {
  const { clock, answers, work } = stage();
  const { promise, resolve } = Promise.withResolvers<number>();
  const dear = answers.ask("a", undefined, () => promise);
  clock.nowMs = 50;
  resolve(7);
  await dear;
  clock.nowMs = 540;
  assert.equal(await answers.ask("a", undefined, work), 7);
  clock.nowMs = 560;
  assert.equal(await answers.ask("a", undefined, work), 1);
});

Deno.test("SharedAnswers.ask() works on so many at a time, and forgets the oldest", async () => {
  const { answers, work } = stage();
  const { promise, resolve } = Promise.withResolvers<number>();
  const held = ["a", "b"].map((key) => answers.ask(key, undefined, () => promise));
  assert.equal(answers.ask("c", undefined, work), undefined);
  assert.ok(answers.ask("a", undefined, work) !== undefined, "one that is worked on can be shared");
  resolve(9);
  await Promise.all(held);
  assert.equal(await answers.ask("c", undefined, work), 1);
  assert.equal(await answers.ask("b", undefined, work), 9);
  assert.equal(await answers.ask("a", undefined, work), 2);
});

Deno.test("SharedAnswers.ask() does not keep a failure", async () => {
  const { answers, work } = stage();
  await assert.rejects(
    Promise.resolve(answers.ask("a", undefined, () => Promise.reject(new Error("no")))),
  );
  assert.equal(await answers.ask("a", undefined, work), 1);
});

Deno.test("SharedAnswers.ask() lets one asker have no more places than its share", async () => {
  // One address could hold all places, and everybody else was told that the server is busy.
  const { answers, work } = stage();
  const { promise, resolve } = Promise.withResolvers<number>();
  const held = answers.ask("a", "greedy", () => promise);
  assert.equal(answers.ask("b", "greedy", work), undefined);
  assert.equal(await answers.ask("b", "other", work), 1);
  assert.equal(await answers.ask("b", "greedy", work), 1, "what is there costs no place");
  resolve(9);
  await held;
  assert.equal(await answers.ask("c", "greedy", work), 2, "the place is free again");
});
