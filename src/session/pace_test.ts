import assert from "node:assert/strict";
import { doPaced } from "./pace.ts";

Deno.test("doPaced() does everything once and in order", async () => {
  const done: number[] = [];
  await doPaced(Array.from({ length: 100 }, (_, n) => () => done.push(n)), 50);
  assert.deepEqual(done, Array.from({ length: 100 }, (_, n) => n));
});

Deno.test("doPaced() lets others run between one act and the next", async () => {
  const order: string[] = [];
  const acts = ["first", "second"].map((name) => () => {
    order.push(name);
    if (name === "first") setTimeout(() => order.push("somebody else"));
  });
  await doPaced(acts, 100);
  assert.deepEqual(order, ["first", "somebody else", "second"]);
});

Deno.test("doPaced() does everything at once when there is no window", () => {
  let done = 0;
  doPaced(Array.from({ length: 10 }, () => () => done += 1), 0);
  assert.equal(done, 10);
});
