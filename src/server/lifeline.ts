// Without it Deno tells a port's close to nobody (measured on 2.9.6): every worker that was given up
// would be taken for one that does not end.
import "node:worker_threads";
import * as v from "valibot";
import { type Closable, endsInTime } from "../lifecycle.ts";
import { logger } from "../log.ts";

/** How far a worker may go before it is given up. */
export interface LifelineLimits {
  /** How long it may take until it accepts connections. */
  readonly startDeadlineMs: number;
  /** Beats that may fail to come, one after the other. */
  readonly missedBeatsMax: number;
  /** How much of what V8 lets the worker's heap grow to may be in use, from 0 to 1. */
  readonly heapShareMax: number;
  /** How long its isolate may take to end after that: it has beaten until then, and is busy at most. */
  readonly endDeadlineMs: number;
  /** The same of one that was given up for its silence. */
  readonly silentEndDeadlineMs: number;
}

/** What a worker says on its lifeline, every `BEAT_INTERVAL_MS`. */
export interface Beat {
  readonly heapBytes: number;
  /** V8 ends the whole process, not the worker alone, when a heap passes this (measured on Deno 2.9.6). */
  readonly heapBytesMax: number;
}

/** Time between two beats. */
export const BEAT_INTERVAL_MS = 1000;

/**
 * Ten seconds are more than the longest pause of a busy worker, and long after its clients have noticed
 * the silence and gone elsewhere.
 */
export const LIFELINE_LIMITS: LifelineLimits = {
  startDeadlineMs: 15_000,
  missedBeatsMax: 10,
  heapShareMax: 0.75,
  // A flood of fragments leaves a gigabyte to free; on an overloaded machine that took over five seconds.
  endDeadlineMs: 20_000,
  silentEndDeadlineMs: 5000,
};

const beatSchema = v.object({ heapBytes: v.number(), heapBytesMax: v.number() });

const log = logger("server");

/**
 * The pool's end of a line to one worker, on which the worker beats for as long as it runs.
 *
 * Counts beats and not seconds: when the machine has slept, or this isolate was busy itself, a worker
 * gets the chance to beat before it is found silent.
 */
export class Lifeline implements Closable {
  /** The worker's end, to be transferred. */
  readonly port: MessagePort;
  readonly #port: MessagePort;
  readonly #limits: LifelineLimits;
  readonly #onFault: (reason: string) => void;
  readonly #severed = Promise.withResolvers<void>();
  #missed = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param onFault called once, with what is wrong with the worker */
  constructor(limits: LifelineLimits, onFault: (reason: string) => void) {
    const { port1, port2 } = new MessageChannel();
    this.port = port2;
    this.#port = port1;
    this.#limits = limits;
    this.#onFault = onFault;
    // The other end closes when its isolate has ended, in whatever way.
    port1.addEventListener("close", () => this.#severed.resolve());
    port1.onmessage = (event) => this.#heard(event.data);
  }

  /** Stops listening for beats. */
  close(): void {
    clearInterval(this.#timer);
    this.#port.onmessage = null;
  }

  /** Within which the worker's isolate has to end. */
  get endDeadlineMs(): number {
    const { missedBeatsMax, endDeadlineMs, silentEndDeadlineMs } = this.#limits;
    return this.#missed > missedBeatsMax ? silentEndDeadlineMs : endDeadlineMs;
  }

  /** Waits until the worker's isolate has ended; returns whether it has by its deadline. */
  async ended(): Promise<boolean> {
    const ended = await endsInTime(this.#severed.promise, this.endDeadlineMs);
    if (ended) this.#port.close();
    return ended;
  }

  #heard(data: unknown): void {
    const beat = v.safeParse(beatSchema, data);
    if (!beat.success) {
      log.warn("Beat that cannot be read: {reason}", {
        code: "server_beat_invalid",
        reason: v.summarize(beat.issues),
      });
      return;
    }
    this.#missed = 0;
    // Until the first beat the worker starts up, for which the pool has a deadline of its own.
    this.#timer ??= setInterval(() => this.#miss(), BEAT_INTERVAL_MS);
    const { heapBytes, heapBytesMax } = beat.output;
    if (heapBytes <= heapBytesMax * this.#limits.heapShareMax) return;
    const [used, max] = [heapBytes, heapBytesMax].map((bytes) => Math.round(bytes / 1e6));
    this.#fault(
      `its heap must stay below ${this.#limits.heapShareMax} of ${max} MB, has ${used} MB`,
    );
  }

  #miss(): void {
    this.#missed += 1;
    const { missedBeatsMax } = this.#limits;
    if (this.#missed <= missedBeatsMax) return;
    this.#fault(`it must beat every ${BEAT_INTERVAL_MS} ms, ${missedBeatsMax} beats did not come`);
  }

  #fault(reason: string): void {
    this.close();
    this.#onFault(reason);
  }
}
