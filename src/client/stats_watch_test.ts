import assert from "node:assert/strict";
import { someServerStats } from "../../tests/support/server_stats.ts";
import type { StatsAnswer } from "./server_stats.ts";
import { type ServerView, watchStats } from "./stats_watch.ts";

const AWAY: StatsAnswer = { kind: "away", reason: "connection refused" };

function answer(uptime_ms: number, process = "one"): StatsAnswer {
  return { kind: "stats", stats: someServerStats({ process, uptime_ms }) };
}

/** Watches a server that gives these answers, and aborts when there are no more. */
async function watch(answers: readonly StatsAnswer[]) {
  const end = new AbortController();
  const views: ServerView[] = [];
  const left = [...answers];
  const refusal = await watchStats({
    intervalMs: 1,
    ask: () => {
      const next = left.shift();
      if (next === undefined) end.abort();
      return Promise.resolve(next ?? AWAY);
    },
    onView: (view) => views.push(view),
  }, end.signal);
  return { views, refusal };
}

Deno.test("watchStats() has rates from the second answer on", async () => {
  const { views } = await watch([answer(1000), answer(2000)]);
  assert.deepEqual(views.map(({ rates }) => rates !== undefined), [false, true]);
});

Deno.test("watchStats() keeps the last answer while the server is away, and has no rates over the gap", async () => {
  const { views, refusal } = await watch([answer(1000), AWAY, answer(9000)]);
  assert.equal(refusal, undefined);
  assert.equal(views[1]?.away?.reason, "connection refused");
  assert.equal(views[1]?.stats?.uptime_ms, 1000);
  assert.equal(views[2]?.away, undefined);
  assert.equal(views[2]?.rates, undefined);
});

Deno.test("watchStats() has rates of each of the servers behind one address, from its own last look", async () => {
  // A proxy that gives each request to the next server: rates were those between the two.
  const second = someServerStats({ process: "two", uptime_ms: 7000, connects_total: 5000 });
  const later = { ...second, uptime_ms: 9000, connects_total: 5010 };
  const { views } = await watch([
    answer(1000),
    { kind: "stats", stats: second },
    answer(3000),
    { kind: "stats", stats: later },
  ]);
  assert.deepEqual(views.map(({ rates }) => rates?.connects), [undefined, undefined, 0, 5]);
});

Deno.test("watchStats() forgets looks that are long past", async () => {
  const others = Array.from({ length: 40 }, (_, n) => answer(5000, `other ${n}`));
  const { views } = await watch([answer(1000), ...others, answer(90_000)]);
  assert.equal(views.at(-1)?.rates, undefined);
});

Deno.test("watchStats() ends when the server refuses", async () => {
  const { refusal } = await watch([{ kind: "refused", reason: "it answers 401" }, answer(1)]);
  assert.equal(refusal, "it answers 401");
});
