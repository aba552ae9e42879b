import assert from "node:assert/strict";
import { AddressCounts } from "./address_counts.ts";

Deno.test("AddressCounts.count() adds what every worker has open for a subscriber", () => {
  const counts = new AddressCounts(2);
  counts.add(0, "203.0.113.9", 1);
  counts.add(1, "203.0.113.9", 1);
  counts.add(1, "203.0.113.8", 1);
  assert.equal(counts.count("203.0.113.9"), 2);
  counts.add(0, "203.0.113.9", -1);
  assert.equal(counts.count("203.0.113.9"), 1);
});

Deno.test("AddressCounts shares its counts through the buffer alone", () => {
  const here = new AddressCounts(1);
  const there = new AddressCounts(1, here.buffer);
  there.add(0, "203.0.113.9", 1);
  assert.equal(here.count("203.0.113.9"), 1);
});

Deno.test("AddressCounts.clear() forgets one worker's sockets", () => {
  const counts = new AddressCounts(2);
  counts.add(0, "203.0.113.9", 1);
  counts.add(1, "203.0.113.9", 1);
  counts.clear(0);
  assert.equal(counts.count("203.0.113.9"), 1);
});

Deno.test("AddressCounts.count() is never too low, and hardly ever too high, among 20,000", () => {
  const counts = new AddressCounts(1);
  const addresses = Array.from(
    { length: 20_000 },
    (_, n) => `10.${n >> 16}.${n >> 8 & 255}.${n & 255}`,
  );
  for (const address of addresses) counts.add(0, address, 1);
  const found = addresses.map((address) => counts.count(address));
  assert.ok(Math.min(...found) >= 1);
  // With 1.2 in each cell on average, about one in four shares all of its four cells.
  assert.ok(found.reduce((sum, count) => sum + count) / found.length < 1.5);
  assert.ok(Math.max(...found) <= 6);
});
