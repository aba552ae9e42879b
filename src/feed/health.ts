import type { FeedStatus } from "../price/feed_status.ts";

/** A read of the table that takes longer than this makes prices late. */
const SLOW_READ_MS = 1000;
/** Allowed on top of the interval between reads, for the read itself and a busy process. */
const INTERVAL_GRACE_MS = 1500;

/** How the listening connection is doing; `unused` in poll mode. */
type ListenState = "unused" | "waiting" | "proven" | "silent";

/** How the last read of the table ended; `none` until one has. */
type LastRead = "none" | "ok" | "failed";

/**
 * Gathers what the parts of the feed observe and says what it means for clients. Pure: all times are
 * handed in, in milliseconds of any one monotonic clock.
 */
export class FeedHealth {
  readonly #mode: FeedStatus["mode"];
  readonly #intervalMs: number;
  #freshAtMs: number;
  #readSinceMs: number | undefined;
  #lastRead: LastRead = "none";
  #databaseOk = false;
  #listen: ListenState;
  #announced = true;

  /** @param intervalMs longest planned time between two reads */
  constructor(mode: FeedStatus["mode"], intervalMs: number, nowMs: number) {
    this.#mode = mode;
    this.#intervalMs = intervalMs;
    this.#freshAtMs = nowMs;
    this.#listen = mode === "listen" ? "waiting" : "unused";
  }

  readStarted(nowMs: number): void {
    this.#readSinceMs = nowMs;
  }

  /** The table is now known up to the moment at which the read began. */
  readSucceeded(): void {
    this.#freshAtMs = Math.max(this.#freshAtMs, this.#readSinceMs ?? 0);
    this.#readSinceMs = undefined;
    this.#lastRead = "ok";
    this.#databaseOk = true;
  }

  readFailed(): void {
    this.#readSinceMs = undefined;
    this.#lastRead = "failed";
  }

  /** @returns whether this is the first answer after the database was away */
  databaseAnswered(): boolean {
    const recovered = !this.#databaseOk;
    this.#databaseOk = true;
    return recovered;
  }

  databaseSilent(): void {
    this.#databaseOk = false;
  }

  /** Whether the first read has yet to end. */
  get isStarting(): boolean {
    return this.#lastRead === "none";
  }

  /**
   * A pulse came back over the listening connection. Notices arrive in commit order, so everything that
   * was committed before `sentAtMs` has been announced; if no read is due, it has been read as well.
   */
  pulseReturned(sentAtMs: number, readDue: boolean): void {
    this.#listen = "proven";
    const isRead = !readDue && this.#lastRead === "ok" && this.#readSinceMs === undefined;
    if (isRead && this.#announced) this.#freshAtMs = Math.max(this.#freshAtMs, sentAtMs);
  }

  pulseLost(): void {
    this.#listen = "silent";
  }

  /** Whether inserts are announced at all; where they are not, listening waits for the poll. */
  insertsAnnounced(announced: boolean): void {
    this.#announced = announced;
  }

  status(nowMs: number): FeedStatus {
    return { status: this.#state(nowMs), mode: this.#mode, ageMs: this.#ageMs(nowMs) };
  }

  #state(nowMs: number): FeedStatus["status"] {
    if (!this.#databaseOk || this.#lastRead !== "ok") return "down";
    const isWoken = this.#listen === "proven" && this.#announced;
    if (this.#listen !== "unused" && !isWoken) return "delayed";
    const readingMs = this.#readSinceMs === undefined ? 0 : nowMs - this.#readSinceMs;
    if (readingMs > SLOW_READ_MS) return "delayed";
    return this.#ageMs(nowMs) > this.#intervalMs + INTERVAL_GRACE_MS ? "delayed" : "live";
  }

  #ageMs(nowMs: number): number {
    return Math.max(0, Math.round(nowMs - this.#freshAtMs));
  }
}
