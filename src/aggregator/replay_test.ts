import assert from "node:assert/strict";
import { waitFor } from "../../tests/support/wait_for.ts";
import { SetupError } from "../errors.ts";
import { withDeadline } from "../lifecycle.ts";
import type { TickSink } from "./price_source.ts";
import { Replay, type ReplayOptions } from "./replay.ts";
import type { Tick } from "./tick.ts";

const DEADLINE_MS = 20_000;
const HEADER = "symbol,price,source,timestamp\n";

/** Replays a file with the given text to its end. */
async function replay(
  text: string,
  options: Partial<ReplayOptions> = {},
  onEmit: () => void = () => {},
): Promise<{ ticks: Tick[]; errors: number; elapsedMs: number }> {
  const file = await Deno.makeTempFile({ suffix: ".csv" });
  try {
    await Deno.writeTextFile(file, text);
    const source = new Replay({ file, speed: 1, timestamps: "original", ...options });
    const ticks: Tick[] = [];
    const startedMs = performance.now();
    const sink: TickSink = {
      emit: (batch) => {
        ticks.push(...batch);
        onEmit();
      },
      room: () => Promise.resolve(),
    };
    const running = source.run(sink, new AbortController().signal);
    await withDeadline(running, DEADLINE_MS, "replay the file");
    const elapsedMs = performance.now() - startedMs;
    return { ticks, errors: source.counts.errors, elapsedMs };
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("Replay.run() emits the file's prices in their order", async () => {
  const { ticks, errors } = await replay(`${HEADER}A,1.5,x,100\nB,2,y,100\nA,1e-7,x,100\n`);
  assert.deepEqual(ticks, [
    { symbol: "A", price: 1.5, source: "x", timestamp: 100 },
    { symbol: "B", price: 2, source: "y", timestamp: 100 },
    { symbol: "A", price: 1e-7, source: "x", timestamp: 100 },
  ]);
  assert.equal(errors, 0);
});

Deno.test("Replay.run() takes columns in any order, more of them, quotes, CRLF and a BOM", async () => {
  const text = '\ufefftimestamp, Source,note,price,symbol\r\n100,"a, b",hi,2,"A"\r\n\r\n';
  const { ticks, errors } = await replay(text);
  assert.deepEqual(ticks, [{ symbol: "A", price: 2, source: "a, b", timestamp: 100 }]);
  assert.equal(errors, 0);
});

Deno.test("Replay.run() keeps the file's spacing at its speed", async () => {
  const { elapsedMs } = await replay(`${HEADER}A,1,x,100\nA,2,x,101\nA,3,x,103\n`, { speed: 20 });
  assert.ok(elapsedMs >= 149, `${elapsedMs} ms`);
});

Deno.test("Replay.run() keeps its pace when the clock is set back", async () => {
  // It waited by the clock, so that an hour back was an hour without prices.
  const { now } = Date;
  try {
    const { ticks } = await replay(
      `${HEADER}A,1,x,100\nA,2,x,101\n`,
      { speed: 20, timestamps: "shifted" },
      () => Date.now = () => now() - 3_600_000,
    );
    const [first, second] = ticks.map(({ timestamp }) => timestamp);
    assert.ok(first !== undefined && second !== undefined && second >= first);
  } finally {
    Date.now = now;
  }
});

Deno.test("Replay.run() shifts the first price to now and keeps the distances", async () => {
  const before = Math.floor(Date.now() / 1000);
  const { ticks } = await replay(`${HEADER}A,1,x,100\nA,2,x,90\nA,3,x,100\n`, {
    timestamps: "shifted",
  });
  const [first, second, third] = ticks.map(({ timestamp }) => timestamp);
  assert.ok(first !== undefined && first >= before && first <= Date.now() / 1000);
  assert.deepEqual([second, third], [first - 10, first]);
});

const badLines: [string, string][] = [
  ["too few columns", "A,1"],
  ["too many columns", "A,1,x,100,more"],
  ["a price that is no number", "A,cheap,x,100"],
  ["a negative price", "A,-1,x,100"],
  ["a price of 0", "A,0,x,100"],
  ["an endless price", "A,1e999,x,100"],
  ["a fractional timestamp", "A,1,x,100.5"],
  ["a date for a timestamp", "A,1,x,2024-01-01"],
  ["an empty symbol", ",1,x,100"],
  ["a symbol of 33 characters", `${"S".repeat(33)},1,x,100`],
];
for (const [what, line] of badLines) {
  Deno.test(`Replay.run() leaves out and counts a line with ${what}`, async () => {
    const { ticks, errors } = await replay(`${HEADER}A,1,x,100\n${line}\nA,2,x,100\n`);
    assert.deepEqual(ticks.map(({ price }) => price), [1, 2]);
    assert.equal(errors, 1);
  });
}

const unusable: [string, string, RegExp][] = [
  ["without a column", "symbol,price,source\nA,1,x\n", /lacks timestamp/],
  ["that is empty", "", /lacks symbol, price, source, timestamp/],
  ["with an endless line", `${HEADER}${"z".repeat(300_000)}\n`, /65536/],
];
for (const [what, text, message] of unusable) {
  Deno.test(`Replay.run() rejects a file ${what}`, async () => {
    await assert.rejects(replay(text), (error: Error) => {
      assert.ok(error instanceof SetupError);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("Replay.run() rejects a file that does not exist", async () => {
  const source = new Replay({ file: "/nonexistent/prices.csv", speed: 1, timestamps: "shifted" });
  const sink = { emit: () => {}, room: () => Promise.resolve() };
  await assert.rejects(source.run(sink, new AbortController().signal), SetupError);
});

Deno.test("Replay.run() waits while the buffer has no room", async () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `A,${i + 1},x,100`).join("\n");
  const file = await Deno.makeTempFile({ suffix: ".csv" });
  await Deno.writeTextFile(file, HEADER + lines);
  const room = Promise.withResolvers<void>();
  let emitted = 0;
  const sink: TickSink = {
    emit: (batch) => emitted += batch.length,
    room: () => room.promise,
  };
  const source = new Replay({ file, speed: 1, timestamps: "original" });
  const running = source.run(sink, new AbortController().signal);
  await waitFor("the first batch", () => emitted > 0);
  assert.equal(emitted, 1000);
  room.resolve();
  await running;
  assert.equal(emitted, 5000);
  await Deno.remove(file);
});

Deno.test("Replay.run() ends at once when it is stopped between two prices", async () => {
  const file = await Deno.makeTempFile({ suffix: ".csv" });
  await Deno.writeTextFile(file, `${HEADER}A,1,x,100\nA,2,x,100000\n`);
  const controller = new AbortController();
  const ticks: Tick[] = [];
  const sink: TickSink = {
    emit: (batch) => void ticks.push(...batch),
    room: () => Promise.resolve(),
  };
  const source = new Replay({ file, speed: 1, timestamps: "original" });
  const running = source.run(sink, controller.signal);
  await waitFor("the first price", () => ticks.length === 1);
  controller.abort();
  await running;
  assert.equal(ticks.length, 1);
  await Deno.remove(file);
});
