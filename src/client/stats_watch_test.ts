import assert from "node:assert/strict";
import { someServerStats } from "../../tests/support/server_stats.ts";
import type { StatsAnswer } from "./server_stats.ts";
import { type ServerView, watchStats } from "./stats_watch.ts";

const AWAY: StatsAnswer = { kind: "away", reason: "connection refused" };

function answer(uptime_ms: number): StatsAnswer {
  return { kind: "stats", stats: someServerStats({ uptime_ms }) };
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

Deno.test("watchStats() ends when the server refuses", async () => {
  const { refusal } = await watch([{ kind: "refused", reason: "it answers 401" }, answer(1)]);
  assert.equal(refusal, "it answers 401");
});
