import assert from "node:assert/strict";
import { waitFor } from "../../tests/support/wait_for.ts";
import type { TickSink } from "./price_source.ts";
import { Simulator, type SimulatorOptions } from "./simulator.ts";
import type { Tick } from "./tick.ts";

const options: SimulatorOptions = { symbols: ["AAPL", "MSFT"], ticksPerSecond: 2000, seed: 1 };

/** Runs a simulator until `done`, and returns it with all that it emitted. */
async function simulate(
  simulator: Simulator,
  done: (ticks: readonly Tick[]) => boolean,
  onEmit: () => void = () => {},
): Promise<Tick[]> {
  const ticks: Tick[] = [];
  const controller = new AbortController();
  const sink: TickSink = {
    emit: (batch) => {
      ticks.push(...batch);
      onEmit();
    },
    room: () => Promise.resolve(),
  };
  const running = simulator.run(sink, controller.signal);
  await waitFor("the simulator to have emitted enough", () => done(ticks));
  controller.abort();
  await running;
  return ticks;
}

Deno.test("Simulator.run() emits the same prices for the same seed", async () => {
  const [first, second] = await Promise.all(
    [1, 2].map(() => simulate(new Simulator(options), (ticks) => ticks.length >= 300)),
  );
  assert.deepEqual(
    first?.slice(0, 300).map(({ timestamp: _, ...rest }) => rest),
    second?.slice(0, 300).map(({ timestamp: _, ...rest }) => rest),
  );
});

Deno.test("Simulator.run() stamps ticks with the present second", async () => {
  const before = Math.floor(Date.now() / 1000);
  const ticks = await simulate(new Simulator(options), (ticks) => ticks.length >= 10);
  const after = Date.now() / 1000;
  assert.ok(ticks.every(({ timestamp }) => timestamp >= before && timestamp <= after));
});

Deno.test("Simulator.run() stamps no tick with an earlier second than the one before", async () => {
  // After its clock was set back nobody saw a price, until the clock had caught up.
  const { now } = Date;
  try {
    const ticks = await simulate(new Simulator(options), (ticks) => ticks.length >= 100, () => {
      Date.now = () => now() - 3_600_000;
    });
    const stamps = ticks.map(({ timestamp }) => timestamp);
    assert.deepEqual(stamps, stamps.toSorted((a, b) => a - b));
  } finally {
    Date.now = now;
  }
});

Deno.test("Simulator.run() keeps its rate", async () => {
  const startedMs = performance.now();
  const simulator = new Simulator({ ...options, ticksPerSecond: 50_000 });
  const ticks = await simulate(simulator, () => performance.now() - startedMs > 1000);
  const elapsedMs = performance.now() - startedMs;
  const emitted = ticks.length + simulator.counts.skipped;
  assert.ok(emitted <= elapsedMs * 50 + 1, `${emitted} in ${elapsedMs} ms are too many`);
  assert.ok(emitted >= (elapsedMs - 500) * 50, `${emitted} in ${elapsedMs} ms are too few`);
});

Deno.test("Simulator.run() skips and counts what a blocked event loop made impossible", async () => {
  const simulator = new Simulator(options);
  let blocked = false;
  await simulate(simulator, () => simulator.counts.skipped > 0, () => {
    if (blocked) return;
    blocked = true;
    const endMs = performance.now() + 1500;
    while (performance.now() < endMs);
  });
  assert.ok(simulator.counts.skipped >= 500, `${simulator.counts.skipped} skipped`);
});

Deno.test("Simulator.run() ends at once when it is stopped between two rare ticks", async () => {
  const simulator = new Simulator({ ...options, ticksPerSecond: 0.1 });
  const startedMs = performance.now();
  assert.equal((await simulate(simulator, (ticks) => ticks.length === 1)).length, 1);
  assert.ok(performance.now() - startedMs < 1000);
});
