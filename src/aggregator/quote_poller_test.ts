import assert from "node:assert/strict";
import { waitFor } from "../../tests/support/wait_for.ts";
import type { QuoteAnswer, QuoteApi } from "./quote_api.ts";
import { QuotePoller, type QuotePollerOptions } from "./quote_poller.ts";
import type { Tick } from "./tick.ts";

/** A quote API in memory; the real ones have their own tests against HTTP. */
class ScriptedApi implements QuoteApi {
  readonly name = "scripted";
  readonly asked: { symbol: string; atMs: number }[] = [];
  readonly #answer: (symbol: string, turn: number) => QuoteAnswer | Error;

  constructor(answer: (symbol: string, turn: number) => QuoteAnswer | Error) {
    this.#answer = answer;
  }

  ask(symbol: string): Promise<QuoteAnswer> {
    this.asked.push({ symbol, atMs: performance.now() });
    const answer = this.#answer(symbol, this.asked.length);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }
}

function quote(price: number, timestamp = 100): QuoteAnswer {
  return { kind: "quote", price, timestamp, version: `${timestamp}` };
}

/** Polls until the API was asked `count` times. */
async function poll(
  api: ScriptedApi,
  count: number,
  options: Partial<QuotePollerOptions> = {},
): Promise<{ ticks: Tick[]; errors: number }> {
  const ticks: Tick[] = [];
  const poller = new QuotePoller({
    api,
    symbols: ["A", "B"],
    requestsPerMinute: 60_000,
    limitPauseMinMs: 1,
    failurePauseMs: 1,
    ...options,
  });
  const controller = new AbortController();
  const sink = {
    emit: (batch: readonly Tick[]) => ticks.push(...batch),
    room: () => Promise.resolve(),
  };
  const running = poller.run(sink, controller.signal);
  await waitFor(`${count} requests`, () => api.asked.length >= count);
  controller.abort();
  await running;
  return { ticks, errors: poller.counts.errors };
}

Deno.test("QuotePoller.run() asks for the symbols in turn", async () => {
  const api = new ScriptedApi(() => quote(1));
  await poll(api, 4);
  assert.deepEqual(api.asked.slice(0, 4).map(({ symbol }) => symbol), ["A", "B", "A", "B"]);
});

Deno.test("QuotePoller.run() emits a quote once while it stays the same", async () => {
  const { ticks } = await poll(new ScriptedApi(() => quote(1)), 10);
  assert.deepEqual(ticks, [
    { symbol: "A", source: "scripted", price: 1, timestamp: 100 },
    { symbol: "B", source: "scripted", price: 1, timestamp: 100 },
  ]);
});

Deno.test("QuotePoller.run() emits a quote whose price or time has changed", async () => {
  const answers = [quote(1, 100), quote(2, 100), quote(2, 101), quote(2, 101)];
  const api = new ScriptedApi((_, turn) => answers[Math.min(turn, answers.length) - 1] ?? quote(9));
  const { ticks } = await poll(api, 6, { symbols: ["A"] });
  assert.deepEqual(ticks.map(({ price, timestamp }) => [price, timestamp]), [
    [1, 100],
    [2, 100],
    [2, 101],
  ]);
});

Deno.test("QuotePoller.run() spaces its requests evenly", async () => {
  const api = new ScriptedApi(() => quote(1));
  await poll(api, 4, { requestsPerMinute: 1200 });
  const gapsMs = api.asked.slice(1).map(({ atMs }, i) => atMs - (api.asked[i]?.atMs ?? 0));
  assert.ok(gapsMs.every((gapMs) => gapMs >= 49), `${gapsMs}`);
});

Deno.test("QuotePoller.run() pauses as long as a limit answer asks for", async () => {
  const api = new ScriptedApi((_, turn) =>
    turn === 1 ? { kind: "limited", reason: "slow down", waitMs: 120 } : quote(1)
  );
  const { errors } = await poll(api, 2);
  const [first, second] = api.asked;
  assert.ok(first !== undefined && second !== undefined && second.atMs - first.atMs >= 119);
  assert.equal(errors, 1);
});

Deno.test("QuotePoller.run() pauses for the shortest limit pause when none is asked for", async () => {
  const api = new ScriptedApi((_, turn) =>
    turn === 1 ? { kind: "limited", reason: "slow down", waitMs: undefined } : quote(1)
  );
  await poll(api, 2, { limitPauseMinMs: 80 });
  const [first, second] = api.asked;
  assert.ok(first !== undefined && second !== undefined && second.atMs - first.atMs >= 79);
});

Deno.test("QuotePoller.run() goes on after failures and refusals, and counts them", async () => {
  const api = new ScriptedApi((_, turn) => {
    if (turn <= 2) return new Error("no network");
    return turn === 3 ? { kind: "refused", reason: "bad key" } : quote(1);
  });
  const { ticks, errors } = await poll(api, 6);
  assert.equal(errors, 3);
  assert.equal(ticks.length, 2);
});

Deno.test("QuotePoller.run() sets an unknown symbol aside", async () => {
  const api = new ScriptedApi((symbol) =>
    symbol === "A" ? { kind: "unknown", reason: "empty" } : quote(1)
  );
  const { errors } = await poll(api, 6);
  assert.deepEqual(api.asked.slice(0, 6).map(({ symbol }) => symbol), [
    "A",
    "B",
    "B",
    "B",
    "B",
    "B",
  ]);
  assert.equal(errors, 1);
});

Deno.test("QuotePoller.run() asks for an unknown symbol again after its pause", async () => {
  const api = new ScriptedApi((symbol, turn) =>
    symbol === "A" && turn < 3 ? { kind: "unknown", reason: "empty" } : quote(1)
  );
  const { ticks } = await poll(api, 200, { unknownPauseMs: 20 });
  assert.ok(ticks.some(({ symbol }) => symbol === "A"));
});

Deno.test("QuotePoller.run() ends at once when it is stopped in a pause", async () => {
  const startedMs = performance.now();
  const api = new ScriptedApi(() => ({ kind: "limited", reason: "wait", waitMs: 600_000 }));
  await poll(api, 1);
  assert.ok(performance.now() - startedMs < 1000);
});
