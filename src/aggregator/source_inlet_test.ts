import assert from "node:assert/strict";
import type { PriceSource } from "./price_source.ts";
import { SourceInlet } from "./source_inlet.ts";
import type { Tick } from "./tick.ts";
import { TickBuffer } from "./tick_buffer.ts";

/** A source that emits what it is given, and then ends. */
function sourceOf(...ticks: Tick[]): PriceSource {
  return {
    name: "given",
    counts: { errors: 2, skipped: 3 },
    run: (sink) => Promise.resolve(sink.emit(ticks)),
  };
}

const tick: Tick = { symbol: "A", price: 1, source: "given", timestamp: 100 };

Deno.test("SourceInlet.run() puts the source's ticks into the buffer", async () => {
  const buffer = new TickBuffer(10);
  const inlet = new SourceInlet(sourceOf(tick, { ...tick, price: 2 }), buffer);
  await inlet.run(new AbortController().signal);
  assert.deepEqual(buffer.take(10), [tick, { ...tick, price: 2 }]);
});

Deno.test("SourceInlet keeps ticks that no table could hold out of the buffer", async () => {
  const buffer = new TickBuffer(10);
  const inlet = new SourceInlet(sourceOf({ ...tick, price: NaN }, tick), buffer);
  await inlet.run(new AbortController().signal);
  assert.deepEqual(buffer.take(10), [tick]);
});

Deno.test("SourceInlet.totals adds invalid ticks to the source's errors", async () => {
  const inlet = new SourceInlet(sourceOf({ ...tick, symbol: "" }, tick), new TickBuffer(10));
  await inlet.run(new AbortController().signal);
  assert.deepEqual(inlet.totals, { source: "given", ticks: 1, errors: 3, skipped: 3 });
});
