import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { PriceSource, SourceCounts, TickSink } from "./price_source.ts";
import { type BadLine, readReplayFile } from "./replay_file.ts";
import type { Tick } from "./tick.ts";

/** What to replay, and how. */
export interface ReplayOptions {
  readonly file: string;
  /** 1 keeps the file's spacing, 2 halves it. */
  readonly speed: number;
  /** `shifted` moves the first row to now and keeps the spacing; `original` writes what the file says. */
  readonly timestamps: "shifted" | "original";
}

const BATCH_TICKS_MAX = 1000;
/** A timer takes no more than 2^31 ms. */
const WAIT_MS_MAX = 3_600_000;
const BAD_LINES_LOGGED_MAX = 10;

const log = logger("aggregator");

/**
 * The prices of a CSV file, in the file's order and at the file's pace. Timestamps are shifted to now
 * unless asked otherwise, because prices older than what the table holds would never be shown. Unlike a
 * live source it waits while the buffer is full, so it loses nothing. Ends with the file.
 */
export class Replay implements PriceSource {
  readonly name = "replay";
  readonly #options: ReplayOptions;
  #badLines = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  get counts(): SourceCounts {
    return { errors: this.#badLines, skipped: 0 };
  }

  async run(sink: TickSink, signal: AbortSignal): Promise<void> {
    const startMs = Date.now();
    // The clock may be set meanwhile, which changes neither the pace nor the distances.
    const startedAtMs = performance.now();
    let firstTimestamp: number | undefined;
    let batch: Tick[] = [];
    for await (const row of readReplayFile(this.#options.file, (bad) => this.#report(bad))) {
      firstTimestamp ??= row.timestamp;
      const afterMs = (row.timestamp - firstTimestamp) * 1000 / this.#options.speed;
      const dueMs = startedAtMs + afterMs;
      if (batch.length >= BATCH_TICKS_MAX || (batch.length > 0 && dueMs > performance.now())) {
        sink.emit(batch);
        batch = [];
        await sink.room(signal);
      }
      await this.#waitUntil(dueMs, signal);
      if (signal.aborted) break;
      batch.push(this.#stamp(row, startMs + afterMs));
    }
    if (batch.length > 0) sink.emit(batch);
    if (signal.aborted) return;
    log.info("{file} has ended after {badLines} bad lines", {
      code: "aggregator_replay_ended",
      file: this.#options.file,
      badLines: this.#badLines,
    });
  }

  #stamp(row: Tick, timeMs: number): Tick {
    if (this.#options.timestamps === "original") return row;
    return { ...row, timestamp: Math.floor(timeMs / 1000) };
  }

  /** @param dueMs as `performance.now()` tells the time */
  async #waitUntil(dueMs: number, signal: AbortSignal): Promise<void> {
    for (let told = false;;) {
      const leftMs = dueMs - performance.now();
      if (leftMs <= 0 || signal.aborted) return;
      if (leftMs > WAIT_MS_MAX && !told) {
        told = true;
        log.info("{file} has its next price in {hours} hours; REPLAY_SPEED shortens the wait", {
          code: "aggregator_replay_waiting",
          file: this.#options.file,
          hours: Math.round(leftMs / 3_600_000),
        });
      }
      await sleep(Math.min(leftMs, WAIT_MS_MAX), signal);
    }
  }

  #report(bad: BadLine): void {
    this.#badLines += 1;
    if (this.#badLines > BAD_LINES_LOGGED_MAX) return;
    const last = this.#badLines === BAD_LINES_LOGGED_MAX;
    log.warn("{file} line {line} is left out: {reason}{more}", {
      code: "aggregator_replay_bad_line",
      file: this.#options.file,
      ...bad,
      more: last ? "; further bad lines are only counted" : "",
    });
  }
}
