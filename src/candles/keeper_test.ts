import assert from "node:assert/strict";
import type { StepResult } from "../db/candle_writer.ts";
import { keepCandles } from "./keeper.ts";

/** A writer whose steps are told, and which ends the keeping after the last. */
function writerOf(steps: (StepResult | Error)[], stop: AbortController) {
  const calls: string[] = [];
  return {
    calls,
    step() {
      const [next] = steps.splice(0, 1);
      calls.push("step");
      if (steps.length === 0) stop.abort();
      if (next instanceof Error) return Promise.reject(next);
      return Promise.resolve(next ?? { kind: "left" } as const);
    },
    analyze() {
      calls.push("analyze");
      return Promise.resolve();
    },
  };
}

Deno.test("keepCandles() makes statistics once it has caught up", async () => {
  const stop = new AbortController();
  const more = { kind: "taken", rows: 5, isMore: true } as const;
  const writer = writerOf([more, more, { ...more, isMore: false }], stop);
  await keepCandles(writer, stop.signal);
  assert.deepEqual(writer.calls, ["step", "step", "step", "analyze"]);
});

Deno.test("keepCandles() goes on after a fault", async () => {
  const stop = new AbortController();
  const writer = writerOf([new Error("gone"), { kind: "left" }], stop);
  await keepCandles(writer, stop.signal);
  assert.deepEqual(writer.calls, ["step", "step"]);
});
