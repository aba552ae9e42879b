import assert from "node:assert/strict";
import { doPaced } from "./pace.ts";

const NEVER = new AbortController().signal;

Deno.test("doPaced() does everything once and in order", async () => {
  const done: number[] = [];
  await doPaced(Array.from({ length: 100 }, (_, n) => () => done.push(n)), 50, NEVER);
  assert.deepEqual(done, Array.from({ length: 100 }, (_, n) => n));
});

Deno.test("doPaced() lets others run between one act and the next", async () => {
  const order: string[] = [];
  const acts = ["first", "second"].map((name) => () => {
    order.push(name);
    if (name === "first") setTimeout(() => order.push("somebody else"));
  });
  await doPaced(acts, 100, NEVER);
  assert.deepEqual(order, ["first", "somebody else", "second"]);
});

Deno.test("doPaced() does everything at once when there is no window", () => {
  let done = 0;
  doPaced(Array.from({ length: 10 }, () => () => done += 1), 0, NEVER);
  assert.equal(done, 10);
});

Deno.test("doPaced() does the rest at once when it is told to", async () => {
  const hurry = new AbortController();
  let done = 0;
  const all = doPaced(Array.from({ length: 10 }, () => () => done += 1), 3_600_000, hurry.signal);
  assert.ok(done < 10);
  hurry.abort();
  await all;
  assert.equal(done, 10);
});
