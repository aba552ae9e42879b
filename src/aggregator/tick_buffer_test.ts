import assert from "node:assert/strict";
import type { Tick } from "./tick.ts";
import { TickBuffer } from "./tick_buffer.ts";

function ticks(from: number, to: number): Tick[] {
  return Array.from({ length: to - from }, (_, i) => ({
    symbol: "AAPL",
    price: 1,
    source: "x",
    timestamp: from + i,
  }));
}

function timestamps(taken: readonly Tick[]): number[] {
  return taken.map((tick) => tick.timestamp);
}

Deno.test("TickBuffer.take() gives the oldest first", () => {
  const buffer = new TickBuffer(10);
  buffer.push(ticks(0, 4));
  assert.deepEqual(timestamps(buffer.take(3)), [0, 1, 2]);
  assert.deepEqual(timestamps(buffer.take(3)), [3]);
});

Deno.test("TickBuffer.push() drops the oldest when full and counts them", () => {
  const buffer = new TickBuffer(5);
  buffer.push(ticks(0, 7));
  buffer.push(ticks(7, 8));
  assert.equal(buffer.dropped, 3);
  assert.deepEqual(timestamps(buffer.take(10)), [3, 4, 5, 6, 7]);
});

Deno.test("TickBuffer keeps order while it grows and wraps", () => {
  const buffer = new TickBuffer(100_000);
  const taken: number[] = [];
  let next = 0;
  for (let round = 0; round < 100; round += 1) {
    buffer.push(ticks(next, next + 700));
    next += 700;
    taken.push(...timestamps(buffer.take(400)));
  }
  taken.push(...timestamps(buffer.take(100_000)));
  assert.deepEqual(taken, Array.from({ length: 70_000 }, (_, i) => i));
  assert.equal(buffer.dropped, 0);
});

Deno.test("TickBuffer.giveBack() puts a batch before what came meanwhile", () => {
  const buffer = new TickBuffer(2000);
  buffer.push(ticks(0, 1500));
  const batch = buffer.take(1000);
  buffer.push(ticks(1500, 1600));
  buffer.giveBack(batch);
  assert.deepEqual(timestamps(buffer.take(2000)), Array.from({ length: 1600 }, (_, i) => i));
});

Deno.test("TickBuffer.giveBack() drops the oldest of the batch when there is no room", () => {
  const buffer = new TickBuffer(5);
  buffer.push(ticks(0, 5));
  const batch = buffer.take(3);
  buffer.push(ticks(5, 7));
  buffer.giveBack(batch);
  assert.equal(buffer.dropped, 2);
  assert.deepEqual(timestamps(buffer.take(10)), [2, 3, 4, 5, 6]);
});

Deno.test("TickBuffer.giveBack() drops the whole batch when nothing has room", () => {
  const buffer = new TickBuffer(3);
  buffer.push(ticks(0, 3));
  const batch = buffer.take(3);
  buffer.push(ticks(3, 6));
  buffer.giveBack(batch);
  assert.equal(buffer.dropped, 3);
  assert.deepEqual(timestamps(buffer.take(10)), [3, 4, 5]);
});

Deno.test("TickBuffer.filled() resolves when a tick arrives", async () => {
  const buffer = new TickBuffer(5);
  const filled = buffer.filled(new AbortController().signal);
  buffer.push(ticks(0, 1));
  await filled;
  assert.equal(buffer.size, 1);
});

Deno.test("TickBuffer.filled() resolves when the buffer is closed", async () => {
  const buffer = new TickBuffer(5);
  const filled = buffer.filled(new AbortController().signal);
  buffer.close();
  await filled;
  assert.equal(buffer.size, 0);
});

Deno.test("TickBuffer.filled() resolves when its signal aborts", async () => {
  const controller = new AbortController();
  const filled = new TickBuffer(5).filled(controller.signal);
  controller.abort();
  await filled;
});

Deno.test("TickBuffer.room() waits until the buffer is half empty", async () => {
  const buffer = new TickBuffer(10);
  buffer.push(ticks(0, 10));
  let free = false;
  const room = buffer.room(new AbortController().signal).then(() => free = true);
  buffer.take(4);
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(free, false);
  buffer.take(1);
  await room;
});
