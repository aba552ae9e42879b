import assert from "node:assert/strict";
import { type AggregatorTotals, summaryText } from "./progress.ts";

const totals: AggregatorTotals = {
  written: 10,
  refused: 0,
  dropped: 2,
  buffered: 3,
  sources: [{ source: "simulator", ticks: 15, errors: 0, skipped: 0 }],
};

Deno.test("summaryText() tells what was written, waits and was dropped, and what each source did", () => {
  assert.equal(
    summaryText(totals),
    "10 written, 3 buffered, 2 dropped; simulator 15 ticks, 0 errors",
  );
});

Deno.test("summaryText() tells of refused rows and skipped ticks when there are any", () => {
  const text = summaryText({
    ...totals,
    refused: 1,
    sources: [{ source: "simulator", ticks: 15, errors: 4, skipped: 5 }],
  });
  assert.equal(
    text,
    "10 written, 3 buffered, 2 dropped, 1 refused by the table; " +
      "simulator 15 ticks, 4 errors, 5 skipped",
  );
});
