import assert from "node:assert/strict";
import { type GuardedWorker, MemoryGuard } from "./memory_guard.ts";

const MAX = 1000;

/** Memory that the test fills, worker by worker. */
class Machine {
  readonly workers: GuardedWorker[] = [0, 1].map((index) => ({
    index,
    cpuMs: 0,
    bufferedBytes: 0,
    startedAtMs: 0,
  }));
  readonly replaced: number[] = [];
  bytes = 0;
  readonly guard = new MemoryGuard({
    memoryBytesMax: MAX,
    residentBytes: () => this.bytes,
    workers: () => this.workers,
    replace: (index) => this.replaced.push(index),
  });

  /** A worker that takes in something works for it. */
  fill(index: number, bytes: number): void {
    this.bytes += bytes;
    this.workers[index] = { ...this.#worker(index), cpuMs: this.#worker(index).cpuMs + bytes };
  }

  /** Clients of a worker do not read. */
  buffer(index: number, bytes: number): void {
    this.bytes += bytes;
    const { bufferedBytes } = this.#worker(index);
    this.workers[index] = { ...this.#worker(index), bufferedBytes: bufferedBytes + bytes };
  }

  /** The worker's memory is freed, and another one has its place. */
  restart(index: number, nowMs: number): void {
    this.workers[index] = { index, cpuMs: 0, bufferedBytes: 0, startedAtMs: nowMs };
  }

  #worker(index: number): GuardedWorker {
    const worker = this.workers[index];
    if (worker === undefined) throw new RangeError(`Cannot find worker ${index}`);
    return worker;
  }
}

Deno.test("MemoryGuard.check() lets everybody be up to the limit", () => {
  const machine = new Machine();
  machine.fill(0, MAX);
  machine.guard.check(0);
  assert.deepEqual(machine.replaced, []);
});

Deno.test("MemoryGuard.check() replaces the worker that filled the memory, not the one that was busy before", () => {
  const machine = new Machine();
  machine.fill(0, 5 * MAX);
  machine.bytes = MAX / 4;
  machine.guard.check(0);
  machine.fill(0, MAX / 4);
  machine.fill(1, MAX);
  machine.guard.check(1);
  assert.deepEqual(machine.replaced, [1]);
});

Deno.test("MemoryGuard.check() gives freed memory time to go before it suspects the next", () => {
  const machine = new Machine();
  machine.fill(0, MAX);
  machine.fill(1, MAX);
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
    machine.fill(1, 2 * MAX);
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

Deno.test("MemoryGuard.check() takes the oldest first of those that did nothing", () => {
  const machine = new Machine();
  machine.bytes = 2 * MAX;
  machine.restart(0, 1);
  machine.guard.check(2);
  machine.guard.check(5000);
  assert.deepEqual(machine.replaced, [1, 0]);
});

Deno.test("MemoryGuard.check() replaces the worker whose clients do not read, not one that only worked", () => {
  const machine = new Machine();
  machine.bytes = MAX / 4;
  machine.guard.check(0);
  machine.buffer(1, MAX / 2);
  machine.fill(0, MAX / 2);
  machine.guard.check(1);
  assert.deepEqual(machine.replaced, [1]);
});

Deno.test("MemoryGuard.check() goes by work where what waits for clients does not explain the growth", () => {
  const machine = new Machine();
  machine.buffer(1, MAX / 3);
  machine.guard.check(0);
  machine.buffer(1, MAX / 4);
  machine.fill(0, MAX);
  machine.guard.check(1);
  assert.deepEqual(machine.replaced, [0]);
});
