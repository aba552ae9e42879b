import assert from "node:assert/strict";
import { type GuardedWorker, MemoryGuard } from "./memory_guard.ts";

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
    touchedBytes: (id) => this.isBlind ? undefined : this.#touched.get(id) ?? 0,
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

Deno.test("MemoryGuard.check() leaves workers alone that did not fill the memory", () => {
  const machine = new Machine();
  machine.bytes = 2 * MAX;
  for (let nowMs = 0; nowMs < 600_000; nowMs += 10_000) machine.guard.check(nowMs);
  assert.deepEqual(machine.replaced, []);
});

Deno.test("MemoryGuard.check() takes the oldest first where threads cannot be told apart, and none twice in a minute", () => {
  const machine = new Machine();
  machine.isBlind = true;
  machine.bytes = 2 * MAX;
  machine.restart(0, 1);
  machine.guard.check(70_000);
  machine.restart(1, 70_000);
  machine.guard.check(80_000);
  machine.restart(0, 80_000);
  for (let nowMs = 90_000; nowMs < 130_000; nowMs += 10_000) machine.guard.check(nowMs);
  assert.deepEqual(machine.replaced, [1, 0]);
  machine.guard.check(130_000);
  assert.deepEqual(machine.replaced, [1, 0, 1]);
});
