/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { RATES, storedRate } from "./rate_choice.ts";

Deno.test("storedRate() gives back every rate that can be chosen, and takes others for none", () => {
  const texts = new Map<string, string>();
  const storage = {
    getItem: (key: string) => texts.get(key) ?? null,
    setItem: (key: string, text: string) => texts.set(key, text),
  };
  for (const { rateMs } of RATES.toReversed()) {
    storedRate(storage).value = rateMs;
    assert.equal(storedRate(storage).value, rateMs);
  }
  for (const text of ["", "250.5", "-1", "7", "NaN", "1e9"]) {
    for (const key of texts.keys()) texts.set(key, text);
    assert.equal(storedRate(storage).value, 0, text);
  }
});
