import assert from "node:assert/strict";
import type { BookChange } from "../hub/replica.ts";
import { SharedFrames } from "./shared_frames.ts";
import { Subscription } from "./subscription.ts";

const [AAPL, MSFT] = ["AAPL", "MSFT"].map((symbol) => {
  const names = { symbol, source: "sim_nyse" };
  const numbers = { price: 101.5, timestamp: 1_790_000_000, timeMs: 1_790_000_000_250 };
  return { ...names, quote: { ...names, ...numbers, id: 7, open: 100 }, seq: 8, history: [] };
});

function change(): BookChange {
  const entries = [AAPL, MSFT].flatMap((entry) => entry ?? []);
  return { entries, count: entries.length, fromSeq: 7, seq: 8 };
}

function everything(): Subscription {
  return Subscription.of({ symbols: "*" });
}

Deno.test("SharedFrames.select() gives all of a change to whoever subscribes to everything", () => {
  const all = change();
  const selected = new SharedFrames(all).select(everything());
  assert.equal(selected.entries, all.entries);
  assert.deepEqual([selected.count, selected.fromSeq, selected.seq], [2, 7, 8]);
  assert.deepEqual(
    JSON.parse(`[${selected.json()}]`).map(({ symbol }: { symbol: string }) => symbol),
    ["AAPL", "MSFT"],
  );
});

Deno.test("SharedFrames.select() encodes a selection once for all who share it", () => {
  const frames = new SharedFrames(change());
  assert.equal(frames.select(everything()), frames.select(everything()));
});

// The frames of all were kept until the last client had its own. With 10,000 lists they outlived V8's room for
// new objects, which a worker then spent a sixth of its time on.
Deno.test("SharedFrames.select() keeps nothing of what one client alone gets", () => {
  const alone = Subscription.of({ symbols: ["AAPL"] });
  const frames = new SharedFrames(change(), (selection) => selection === alone.selection);
  assert.notEqual(frames.select(alone), frames.select(alone));
  assert.deepEqual(frames.select(alone).json(), frames.select(alone).json());
  assert.equal(frames.select(everything()), frames.select(everything()));
});

// When the others left before the last had its turn, that one got a selection of its own, which took the
// place of theirs in their stream of compressed updates: it lost the stream. (Seed 1931 of the simulation.)
Deno.test("SharedFrames.select() gives the last of those who share a selection what it gave the others", () => {
  let lone = false;
  const frames = new SharedFrames(change(), () => lone);
  const shared = frames.select(everything());
  lone = true;
  assert.equal(frames.select(everything()), shared);
});

// Each selection had an accessor of its own, so V8 gave each a hidden class of its own and kept that, with
// the change and its JSON, until the next full collection: one megabyte a second at 20 changes a second.
Deno.test("SharedFrames.select() gives objects without accessors of their own", () => {
  const selected = new SharedFrames(change()).select(everything());
  const own = Object.values(Object.getOwnPropertyDescriptors(selected));
  assert.ok(own.length > 0);
  assert.deepEqual(own.filter(({ get }) => get !== undefined), []);
});
