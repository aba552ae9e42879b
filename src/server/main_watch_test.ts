import assert from "node:assert/strict";
import { MainWatch } from "./main_watch.ts";

/** A main isolate that beats when told to, and how often its process was ended. */
function watched() {
  const main = { beat: 1, ends: 0 };
  const watch = new MainWatch({
    beat: () => main.beat,
    end: () => main.ends += 1,
    limits: { missesTillIll: 3, missesTillEnd: 5 },
  });
  const look = (times: number) => {
    for (let time = 0; time < times; time += 1) watch.look();
  };
  look(1);
  return { main, watch, look };
}

Deno.test("MainWatch.fault says for how long the main isolate has been silent, until it beats", () => {
  const { main, watch, look } = watched();
  look(2);
  assert.equal(watch.fault, undefined);
  look(1);
  assert.equal(
    watch.fault,
    "the main isolate must beat every second, has been silent for 3 s",
  );
  main.beat += 1;
  look(1);
  assert.equal(watch.fault, undefined);
});

Deno.test("MainWatch.look() ends the process of a main isolate that stays silent, once", () => {
  const { main, look } = watched();
  look(4);
  assert.equal(main.ends, 0);
  look(10);
  assert.equal(main.ends, 1);
});

Deno.test("MainWatch.look() takes a beat at the last moment, and a clock set back, for life", () => {
  const { main, look } = watched();
  look(4);
  main.beat = 0.5;
  look(5);
  assert.equal(main.ends, 0);
});

Deno.test("MainWatch.look() waits for the first beat as long as it takes", () => {
  const { main, watch, look } = watched();
  main.beat = 0;
  look(20);
  assert.equal(watch.fault, undefined);
  assert.equal(main.ends, 0);
});
