import assert from "node:assert/strict";
import { CLOSE_CODES } from "./session/close_codes.ts";
import { CLOSE_LABELS, closeLabel, COUNTERS, GAUGES } from "./metric_names.ts";

Deno.test("closeLabel() has a label for each of the server's codes, and one for whatever clients invent", () => {
  for (const { code } of Object.values(CLOSE_CODES)) assert.equal(closeLabel(code), String(code));
  assert.equal(closeLabel(1006), "1006");
  for (const code of [0, 1004, 3000, 4999]) assert.equal(closeLabel(code), "other");
  assert.ok(CLOSE_LABELS.includes(closeLabel(NaN)));
});

Deno.test("No two values are counted under one name", () => {
  const names = [...GAUGES, ...COUNTERS];
  assert.equal(new Set(names).size, names.length);
});
