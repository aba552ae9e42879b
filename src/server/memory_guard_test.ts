import assert from "node:assert/strict";
import { type GuardedWorker, MemoryGuard, ownThreadId, touchedPages } from "./memory_guard.ts";

const MAX = 1000;

/** Memory that the test fills, thread by thread. */
class Machine {
  readonly workers: GuardedWorker[] = [1, 2].map((threadId, index) => ({
    index,
    threadId,
    startedAtMs: 0,
  }));
  readonly replaced: number[] = [];
  readonly #touched = new Map<number, number>();
  bytes = 0;
  isBlind = false;
  readonly guard = new MemoryGuard({
    memoryBytesMax: MAX,
    residentBytes: () => this.bytes,
    touchedPages: (id) => this.isBlind ? undefined : this.#touched.get(id) ?? 0,
    workers: () => this.workers,
    replace: (index) => this.replaced.push(index),
  });

  fill(threadId: number, bytes: number): void {
    this.#touched.set(threadId, (this.#touched.get(threadId) ?? 0) + bytes);
    this.bytes += bytes;
  }

  /** The worker's memory is freed, and another one has its place. */
  restart(index: number, nowMs: number): void {
    const threadId = 10 + nowMs;
    this.workers[index] = { index, threadId, startedAtMs: nowMs };
  }
}

Deno.test("MemoryGuard.check() lets everybody be up to the limit", () => {
  const machine = new Machine();
  machine.fill(1, MAX);
  machine.guard.check(0);
  assert.deepEqual(machine.replaced, []);
});

Deno.test("MemoryGuard.check() replaces the worker that filled the memory, not the one that churned before", () => {
  const machine = new Machine();
  machine.fill(1, 5 * MAX);
  machine.bytes = MAX / 4;
  machine.guard.check(0);
  machine.fill(1, MAX / 4);
  machine.fill(2, MAX);
  machine.guard.check(1);
  assert.deepEqual(machine.replaced, [1]);
});

Deno.test("MemoryGuard.check() gives freed memory time to go before it suspects the next", () => {
  const machine = new Machine();
  machine.fill(1, MAX);
  machine.fill(2, MAX);
  machine.guard.check(0);
  machine.restart(0, 0);
  machine.guard.check(2999);
  assert.deepEqual(machine.replaced, [0]);
  machine.guard.check(3000);
  assert.deepEqual(machine.replaced, [0, 1]);
});

Deno.test("MemoryGuard.check() replaces a worker again that fills the memory again", () => {
  const machine = new Machine();
  for (const nowMs of [0, 10_000, 20_000]) {
    machine.bytes = 0;
    machine.guard.check(nowMs);
    machine.fill(2, 2 * MAX);
    machine.guard.check(nowMs + 1);
  }
  assert.deepEqual(machine.replaced, [1, 1, 1]);
});

Deno.test("MemoryGuard.check() rests for a minute when replacing every worker did not help", () => {
  const machine = new Machine();
  machine.bytes = 2 * MAX;
  for (let nowMs = 0; nowMs <= 60_000; nowMs += 3000) machine.guard.check(nowMs);
  assert.equal(machine.replaced.length, 2);
  for (let nowMs = 63_000; nowMs <= 72_000; nowMs += 3000) machine.guard.check(nowMs);
  assert.equal(machine.replaced.length, 4);
});

Deno.test("MemoryGuard.check() takes the oldest first where threads cannot be told apart", () => {
  const machine = new Machine();
  machine.isBlind = true;
  machine.bytes = 2 * MAX;
  machine.restart(0, 1);
  machine.guard.check(2);
  machine.guard.check(5000);
  assert.deepEqual(machine.replaced, [1, 0]);
});

Deno.test("touchedPages() counts what a thread of this process has touched", () => {
  const threadId = ownThreadId();
  // Linux alone tells.
  if (threadId === undefined) return assert.notEqual(Deno.build.os, "linux");
  const before = touchedPages(threadId) ?? 0;
  const memory = new Uint8Array(64 * 1024 * 1024).fill(1);
  assert.ok(memory.at(-1) === 1 && (touchedPages(threadId) ?? 0) > before);
  assert.equal(touchedPages(0), undefined);
});
