import type { Clock } from "../../src/client/clock.ts";

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #nowMs: number;
  #tasks = new Set<{ readonly dueAtMs: number; readonly task: () => void }>();

  constructor(nowMs = 1_800_000_000_000) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  schedule(task: () => void, delayMs: number): () => void {
    const entry = { dueAtMs: this.#nowMs + delayMs, task };
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  }

  /** Lets time pass and runs what falls due, in order, each at its own time. */
  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (let next = this.#nextBefore(endMs); next; next = this.#nextBefore(endMs)) {
      this.#tasks.delete(next);
      this.#nowMs = next.dueAtMs;
      next.task();
    }
    this.#nowMs = endMs;
  }

  /** Lets time pass without running anything, as when a machine sleeps; timers are late afterwards. */
  sleep(durationMs: number): void {
    this.#nowMs += durationMs;
  }

  /** Runs what is overdue, at the time that it is. */
  wake(): void {
    const overdue = [...this.#tasks].filter(({ dueAtMs }) => dueAtMs <= this.#nowMs);
    for (const entry of overdue) {
      if (this.#tasks.delete(entry)) entry.task();
    }
  }

  #nextBefore(endMs: number) {
    const due = [...this.#tasks].filter(({ dueAtMs }) => dueAtMs <= endMs);
    return due.sort((a, b) => a.dueAtMs - b.dueAtMs)[0];
  }
}
