import assert from "node:assert/strict";
import { MUTATIONS } from "./mutations.ts";
import { planOf } from "./plan.ts";
import { report } from "./report.ts";
import { keep, shrink } from "./shrink.ts";
import { simulate } from "./simulation.ts";

/** About 30 s of one core; many more by command. */
const SEEDS = 2000;
/** In which every mistake has to be found; each has been in a small part of them. */
const SEEDS_PER_MISTAKE = 300;

Deno.test(`The feed keeps its promises under ${SEEDS} seeds`, async () => {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const plan = planOf(seed);
    const { fault } = await simulate(plan);
    if (fault !== undefined) assert.fail(report(plan, await shrink(plan)));
  }
});

Deno.test("The feed keeps its promises to a client that takes nothing more", async () => {
  // A heartbeat filled its socket, and the watch expected another one all the same.
  const deeds = [7, 8, 9, 10, 13, 21, 23, 24, 25, 26, 27, 28];
  assert.equal((await simulate(keep(planOf(4_078_075_230), deeds))).fault, undefined);
});

Deno.test("The feed keeps its promises to a client that another epoch begins with and does not end", async () => {
  // The watch forgot the epoch before at the first part of a snapshot, which clients do at the last.
  assert.equal((await simulate(planOf(3_682_527_958))).fault, undefined);
});

Deno.test("The feed keeps its promises to a client that subscribes again before it has the first snapshot", async () => {
  // What changed meanwhile is told with the next update, and the watch counted from the second snapshot.
  assert.equal((await simulate(planOf(1_259_132_003))).fault, undefined);
});

Deno.test("The feed keeps its promises to a client that an epoch begins with before it has the first snapshot", async () => {
  // What changed in the epoch before is told with the next update, and the watch expected it not to be.
  assert.equal((await simulate(planOf(4_272_654_557))).fault, undefined);
});

Deno.test("The feed keeps its promises to a compressed client whose socket each of its own updates fills", async () => {
  // The one after such an update waited and was the client's own too, but the watch expected a stream.
  assert.equal((await simulate(planOf(1_259_138_723))).fault, undefined);
});

Deno.test("The feed keeps its promises when the first batch of an epoch is overwritten before anybody asks for its book", async () => {
  // The watch could not read that batch, forgot the names in its notice, and took later rows for others'.
  assert.equal((await simulate(planOf(1_259_145_469))).fault, undefined);
});

Deno.test("The feed keeps its promises to a client that is updated just as often as it may be", async () => {
  // The watch subtracted two times, and was left with a little less than what had been added.
  assert.equal((await simulate(planOf(2_344_052_415))).fault, undefined);
});

Deno.test("The feed keeps its promises to clients of a worker that wakes while the publisher still hangs", async () => {
  // It took the status that had waited in its queue for news of now, and called the feed live.
  assert.equal((await simulate(planOf(4_078_075_230))).fault, undefined);
});

Deno.test("The same seed runs the same way twice, and another one does not", async () => {
  const [once, again, other] = [
    await simulate(planOf(7)),
    await simulate(planOf(7)),
    await simulate(planOf(8)),
  ];
  assert.deepEqual(again.lines, once.lines);
  assert.equal(again.hash, once.hash);
  assert.notEqual(other.hash, once.hash);
});

Deno.test("The seeds meet all kinds of trouble", async () => {
  // A simulation in which nothing goes wrong would find nothing.
  const met = new Set<string>();
  let lost = 0;
  for (let seed = 0; seed < 60; seed += 1) {
    const { lines, lost: lostOfSeed } = await simulate(planOf(seed));
    lost += lostOfSeed;
    const text = lines.join("\n");
    for (const [kind, sign] of Object.entries(SIGNS)) if (sign.test(text)) met.add(kind);
  }
  assert.deepEqual(Object.keys(SIGNS).filter((kind) => !met.has(kind)), []);
  assert.ok(lost > 0, "the ring has lost something");
});

const SIGNS = {
  "conflation": /\d conflated/,
  "resume by delta": /resumed \d+ to \d+ as delta/,
  "resume by snapshot": /resumed \d+ to \d+ as snapshot/,
  "too slow": /closed with 4008/,
  "goodbye": /closed with 1001/,
  "mute connection": /is stale/,
  "feed down": /heartbeat \d+ down/,
  "feed delayed": /heartbeat \d+ delayed/,
  "rollback": /rolls back/,
  "failover in the middle of a transaction": /is lost with its server/,
  "classic client": /classic 1 gets/,
};

for (const { mistake, make } of MUTATIONS) {
  Deno.test(`The simulation finds it when ${mistake}`, async () => {
    for (let seed = 0; seed < SEEDS_PER_MISTAKE; seed += 1) {
      const { fault } = await simulate(planOf(seed), make());
      if (fault !== undefined) return;
    }
    assert.fail(`Cannot find it within ${SEEDS_PER_MISTAKE} seeds`);
  });
}

Deno.test("shrink() leaves a short way to the fault, which replays to the same line", async () => {
  const mutation = MUTATIONS.find(({ mistake }) => mistake.includes("after the last id"));
  assert.ok(mutation !== undefined);
  let plan = planOf(0);
  // Each run needs a mistake of its own, because mistakes remember.
  while ((await simulate(plan, mutation.make())).fault === undefined) plan = planOf(plan.seed + 1);
  const shrunk = await shrink(plan, mutation.make);
  assert.ok(shrunk.kept.length < plan.deeds.length / 2, `${shrunk.kept.length} deeds are left`);
  const replayed = await simulate(keep(plan, shrunk.kept), mutation.make());
  assert.equal(replayed.hash, shrunk.outcome.hash);
  const { seed } = plan;
  assert.match(
    report(plan, shrunk),
    new RegExp(`^Seed ${seed} breaks a promise: .*\\n[^]*--seed=${seed} --deeds=[\\d,]+\\n`),
  );
});
