import { PRICE_ROWS_MAX, type PriceWriter, type RefusedRow } from "../db/price_writer.ts";
import { DeadlineError, errorText } from "../errors.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import { Backoff } from "../backoff.ts";
import type { TickBuffer } from "./tick_buffer.ts";

/** Shortest time between two statements, so that under load each carries many rows. */
const WRITE_INTERVAL_MS = 10;
const WRITE_DEADLINE_MS_DEFAULT = 10_000;
const RETRY_PAUSE_FIRST_MS = 100;
const RETRY_PAUSE_MAX_MS = 2000;
const ROWS_MIN = 100;
const REFUSED_LOGGED_MAX = 10;

const log = logger("aggregator");

/**
 * Moves ticks from the buffer into the table, one statement at a time, so that ids ascend in the order
 * of the ticks. A batch that could not be written goes back to the front of the buffer and is tried
 * again, for as long as it takes; the buffer's maximum decides what is given up meanwhile.
 */
export class TickWriter {
  readonly #buffer: TickBuffer;
  readonly #prices: PriceWriter;
  readonly #writeDeadlineMs: number;
  readonly #backoff = new Backoff({ firstMs: RETRY_PAUSE_FIRST_MS, maxMs: RETRY_PAUSE_MAX_MS });
  #rowsMax = PRICE_ROWS_MAX;
  #written = 0;
  #refused = 0;
  /** Ticks that were taken from the buffer, and are being written. */
  #underWay = 0;
  #awaySinceMs: number | undefined;

  /** @param options.writeDeadlineMs for each statement; 10 s by default */
  constructor(
    buffer: TickBuffer,
    prices: PriceWriter,
    options: { readonly writeDeadlineMs?: number } = {},
  ) {
    this.#buffer = buffer;
    this.#prices = prices;
    this.#writeDeadlineMs = options.writeDeadlineMs ?? WRITE_DEADLINE_MS_DEFAULT;
  }

  /** Rows that Postgres has acknowledged. */
  get written(): number {
    return this.#written;
  }

  /** Rows that the table would not take. */
  get refused(): number {
    return this.#refused;
  }

  /** Ticks that Postgres has not answered for yet: those in the buffer, and those being written. */
  get waiting(): number {
    return this.#buffer.size + this.#underWay;
  }

  /** Writes until `signal` aborts, or until the buffer is closed and empty. Finishes a running write. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#buffer.filled(signal);
      if (signal.aborted || this.#buffer.size === 0) return;
      const startedMs = performance.now();
      if (!await this.#writeBatch(this.#writeDeadlineMs)) {
        await sleep(this.#backoff.nextMs(), signal);
      } else if (this.#buffer.size < PRICE_ROWS_MAX) {
        await sleep(Math.max(0, startedMs + WRITE_INTERVAL_MS - performance.now()), signal);
      }
    }
  }

  /** Writes what is left, giving up at the deadline: the rest then stays in the buffer. */
  async flush(deadlineMs: number): Promise<void> {
    const endMs = performance.now() + deadlineMs;
    while (this.#buffer.size > 0) {
      const leftMs = Math.ceil(endMs - performance.now());
      if (leftMs <= 0) return;
      if (!await this.#writeBatch(Math.min(leftMs, this.#writeDeadlineMs))) {
        await sleep(RETRY_PAUSE_FIRST_MS);
      }
    }
  }

  /** Returns whether the batch is done with; otherwise it is back in the buffer. */
  async #writeBatch(deadlineMs: number): Promise<boolean> {
    const batch = this.#buffer.take(this.#rowsMax);
    this.#underWay = batch.length;
    const startedMs = performance.now();
    let refused: RefusedRow[];
    try {
      refused = await this.#prices.write(batch, deadlineMs);
    } catch (error) {
      this.#buffer.giveBack(batch);
      // A database that is merely slow may have written the batch after all. The same batch again would
      // be as late again, and the table would fill with copies.
      if (error instanceof DeadlineError) this.#rowsMax = Math.max(ROWS_MIN, this.#rowsMax >> 1);
      this.#enterAway(error);
      return false;
    } finally {
      this.#underWay = 0;
    }
    if (performance.now() - startedMs < this.#writeDeadlineMs / 4) {
      this.#rowsMax = Math.min(PRICE_ROWS_MAX, this.#rowsMax * 2);
    }
    this.#written += batch.length - refused.length;
    this.#leaveAway();
    this.#countRefused(refused);
    return true;
  }

  #countRefused(refused: readonly RefusedRow[]): void {
    for (const { row, reason } of refused) {
      this.#refused += 1;
      if (this.#refused > REFUSED_LOGGED_MAX) continue;
      const last = this.#refused === REFUSED_LOGGED_MAX;
      log.warn("The table refuses a price of {symbol} from {source}: {reason}{more}", {
        code: "aggregator_row_refused",
        ...row,
        reason,
        more: last ? "; further ones are only counted" : "",
      });
    }
  }

  #enterAway(error: unknown): void {
    if (this.#awaySinceMs !== undefined) return;
    this.#awaySinceMs = performance.now();
    log.warn("Postgres takes no prices: {reason}; up to {ticksMax} are kept until it does", {
      code: "aggregator_database_away",
      reason: errorText(error),
      ticksMax: this.#buffer.ticksMax,
    });
  }

  #leaveAway(): void {
    this.#backoff.reset();
    if (this.#awaySinceMs === undefined) return;
    const seconds = ((performance.now() - this.#awaySinceMs) / 1000).toFixed(1);
    this.#awaySinceMs = undefined;
    log.info(
      "Postgres takes prices again after {seconds} s; {buffered} wait, {dropped} were dropped",
      {
        code: "aggregator_database_back",
        seconds: Number(seconds),
        buffered: this.#buffer.size,
        dropped: this.#buffer.dropped,
      },
    );
  }
}
