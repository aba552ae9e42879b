import type { HostInUse } from "../db/dialer.ts";
import { NotificationListener } from "../db/notifications.ts";
import { logger } from "../log.ts";
import type { FeedHealth } from "./health.ts";
import type { FeedReader } from "./reader.ts";

const ECHO_DEADLINE_MS = 900;
const RESTART_DELAY_MS_MIN = 1000;
const RESTART_DELAY_MS_MAX = 3000;

const log = logger("feed");

/** What a waker tells. */
export interface WakerEvents {
  /** The connection is new: a pulse sent now will come back. */
  readonly onListening: () => void;
  /** A pulse has come back. */
  readonly onProven: () => void;
}

/** A pulse that is under way. */
interface SentPulse {
  readonly nonce: string;
  readonly sentAtMs: number;
}

/**
 * Wakes the reader on NOTIFY, and proves that NOTIFY still arrives: each pulse of the feed is a notice
 * to itself, and one that does not come back within a second means a dead LISTEN connection, which is
 * then replaced.
 */
export class ListenWaker {
  readonly #reader: FeedReader;
  readonly #health: FeedHealth;
  readonly #listener: NotificationListener;
  readonly #events: WakerEvents;
  #sent: SentPulse | undefined;
  #silent = false;
  #restartAtMs = 0;
  #restartDelayMs = RESTART_DELAY_MS_MIN;

  /** @param database that is read from, and sends the pulses */
  constructor(
    databaseUrl: string,
    database: HostInUse,
    reader: FeedReader,
    health: FeedHealth,
    events: WakerEvents,
  ) {
    this.#reader = reader;
    this.#events = events;
    this.#health = health;
    this.#listener = new NotificationListener(databaseUrl, database, {
      onPrices: () => reader.wake("notify"),
      onListening: () => {
        this.#sent = undefined;
        this.#events.onListening();
      },
      onPulse: (nonce) => this.#returned(nonce),
    });
  }

  start(): void {
    this.#listener.restart();
    this.#restartAtMs = performance.now() + RESTART_DELAY_MS_MIN;
  }

  /** The nonce for the next pulse; a pulse still under way past its deadline is given up. */
  nextNonce(): string {
    const nowMs = performance.now();
    if (this.#sent !== undefined && nowMs - this.#sent.sentAtMs > ECHO_DEADLINE_MS) {
      this.#lost(nowMs);
      this.#sent = undefined;
    }
    this.#sent ??= { nonce: crypto.randomUUID(), sentAtMs: nowMs };
    return this.#sent.nonce;
  }

  close(): void {
    this.#listener.close();
  }

  #returned(nonce: string): void {
    if (nonce !== this.#sent?.nonce) return;
    if (this.#silent) log.info("Notifications arrive again", { code: "feed_listen_back" });
    this.#silent = false;
    this.#restartDelayMs = RESTART_DELAY_MS_MIN;
    this.#health.pulseReturned(this.#sent.sentAtMs, this.#reader.due);
    this.#sent = undefined;
    this.#events.onProven();
  }

  #lost(nowMs: number): void {
    if (!this.#silent) {
      log.warn("Notifications do not arrive; polling meanwhile", { code: "feed_listen_silent" });
    }
    this.#silent = true;
    this.#health.pulseLost();
    if (nowMs < this.#restartAtMs) return;
    this.#listener.restart();
    this.#restartAtMs = nowMs + this.#restartDelayMs;
    this.#restartDelayMs = Math.min(this.#restartDelayMs * 2, RESTART_DELAY_MS_MAX);
  }
}
