import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { Pauses } from "./pauses.ts";

Deno.test("Pauses.later() runs what is due, and nothing that was given up", () => {
  const clock = new FakeClock();
  const pauses = new Pauses(clock);
  const done: string[] = [];
  pauses.later(() => done.push("a"), 10);
  pauses.later(() => done.push("b"), 10)();
  pauses.later(() => done.push("c"), 20);
  clock.advance(10);
  pauses.end();
  pauses.later(() => done.push("d"), 10);
  clock.advance(10);
  assert.deepEqual(done, ["a", "d"]);
});
