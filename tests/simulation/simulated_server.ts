import type { SimulatedDatabase } from "./database.ts";
import type { EventLoop, MachineClock } from "./event_loop.ts";
import type { Network } from "./network.ts";
import type { Plan } from "./plan.ts";
import type { PublishedLog } from "./published_log.ts";
import { SimulatedMain } from "./simulated_main.ts";
import { SimulatedWorker } from "./simulated_worker.ts";
import type { Tampering } from "./tampering.ts";
import type { Verdict } from "./verdict.ts";
import { WorkerLedger } from "./worker_ledger.ts";

const GOODBYE_MS = 1200;
/**
 * After 10 s a worker gives up waiting for the position of a client that came from another one. Within that
 * the publisher has to wake, and a copy of its book to arrive.
 */
const BEHIND_MS_MAX = 9000;

/** One process of Quotewire, and whoever starts it again when it ends. */
export class SimulatedServer {
  readonly #loop: EventLoop;
  readonly #plan: Plan;
  readonly #database: SimulatedDatabase;
  readonly #truth: { readonly verdict: Verdict; readonly published: PublishedLog };
  readonly #tampering: Tampering;
  readonly #clock: MachineClock = { aheadMs: 0 };
  #main: SimulatedMain | undefined;
  #workers: (SimulatedWorker | undefined)[] = [];
  #started = 0;
  #publisherBlockedAtMs = 0;

  constructor(
    loop: EventLoop,
    plan: Plan,
    database: SimulatedDatabase,
    truth: { readonly verdict: Verdict; readonly published: PublishedLog },
    tampering: Tampering,
  ) {
    this.#loop = loop;
    this.#plan = plan;
    this.#database = database;
    this.#truth = truth;
    this.#tampering = tampering;
  }

  /** The workers that take connections. */
  get listeners(): readonly SimulatedWorker[] {
    return this.#workers.filter((worker) => worker !== undefined)
      .filter((worker) => worker.listening);
  }

  /** When the publisher could last do anything. */
  get publisherAwakeAtMs(): number {
    const { nowMs } = this.#loop;
    const isBlocked = this.#main !== undefined && this.#main.isolate.blockedUntilMs > nowMs;
    return isBlocked ? this.#publisherBlockedAtMs : nowMs;
  }

  start(): void {
    if (this.#main !== undefined) return;
    const reads = this.#tampering.reads?.(this.#database) ?? this.#database;
    this.#main = new SimulatedMain(this.#loop, this.#database, reads, this.#plan, this.#clock);
    for (let index = 0; index < this.#plan.workers; index += 1) this.startWorker(index);
  }

  /** Starts a worker in the place of one that is gone. */
  startWorker(index: number): void {
    if (this.#main === undefined || this.#workers[index] !== undefined) return;
    this.#started += 1;
    const { verdict, published } = this.#truth;
    const worker = new SimulatedWorker(
      this.#loop,
      `worker ${this.#started}`,
      this.#plan,
      new WorkerLedger(verdict, published),
      this.#clock,
    );
    this.#workers[index] = worker;
    worker.link(this.#main.publisher, this.#main.isolate);
  }

  /** A worker dies. */
  crashWorker(index: number, network: Network): void {
    const worker = this.#workers[index];
    if (worker === undefined) return;
    this.#workers[index] = undefined;
    end(worker, network);
  }

  blockWorker(index: number, forMs: number): void {
    block(this.#workers[index], this.#loop.nowMs + forMs);
  }

  lagWorker(index: number, lagMs: number): void {
    const worker = this.#workers[index];
    if (worker !== undefined) worker.isolate.lagMs = lagMs;
  }

  blockPublisher(forMs: number): void {
    this.#publisherBlockedAtMs = this.publisherAwakeAtMs;
    const untilMs = Math.min(
      this.#loop.nowMs + forMs,
      this.#publisherBlockedAtMs + BEHIND_MS_MAX - 4 * this.#plan.portDelayMsMax,
    );
    block(this.#main, untilMs);
  }

  /** All isolates of the server see it at once. @param aheadMs of the right time */
  setClock(aheadMs: number): void {
    this.#clock.aheadMs = aheadMs;
  }

  restartFeed(): void {
    this.#main?.startFeed();
  }

  restartPublisher(): void {
    if (this.#main === undefined) return;
    this.#main.restart();
    for (const worker of this.#workers) worker?.link(this.#main.publisher, this.#main.isolate);
  }

  notify(): void {
    this.#main?.notify();
  }

  /** The whole process ends: at once, or after it has said goodbye. */
  stop(network: Network, graceful: boolean): void {
    const main = this.#main;
    const workers = this.#workers.filter((worker) => worker !== undefined);
    this.#main = undefined;
    this.#workers = [];
    if (main === undefined) return;
    const kill = () => {
      main.isolate.kill();
      for (const worker of workers) end(worker, network);
    };
    if (!graceful) return kill();
    for (const worker of workers) worker.drain();
    this.#loop.schedule(this.#loop.world, GOODBYE_MS, kill);
  }

  /** Nobody is busy or late any more. */
  heal(): void {
    const { nowMs } = this.#loop;
    for (const part of [this.#main, ...this.#workers]) {
      if (part === undefined) continue;
      part.isolate.blockedUntilMs = nowMs;
      part.isolate.lagMs = 0;
    }
  }
}

function end(worker: SimulatedWorker, network: Network): void {
  worker.isolate.kill();
  worker.leave();
  network.resetAllOf(worker.isolate);
}

function block(part: SimulatedMain | SimulatedWorker | undefined, untilMs: number): void {
  if (part !== undefined) {
    part.isolate.blockedUntilMs = Math.max(part.isolate.blockedUntilMs, untilMs);
  }
}
