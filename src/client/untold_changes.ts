import { PROTOCOL_LIMITS } from "../session/protocol.ts";
import { RateLimit, type RateLimitOptions } from "../session/rate_limit.ts";
import type { Clock } from "./clock.ts";

/** How the server is told. */
export interface ServerEar {
  /** That these symbols are wanted too. */
  subscribe(symbols: readonly string[] | "*"): void;
  /** That these symbols are wanted no longer. */
  unsubscribe(symbols: readonly string[]): void;
  /** All that is wanted, and how. */
  restate(): void;
}

/** Below what the server takes, with room for what opens a connection. */
const PACE: RateLimitOptions = {
  perSecondMax: PROTOCOL_LIMITS.changesPerSecondMax - 1,
  burstMax: PROTOCOL_LIMITS.changesBurstMax - 5,
};
const RETRY_INTERVAL_MS = 1000 / PACE.perSecondMax;

/**
 * Changes of what a client wants that the server has yet to be told of. The first are told at once; where
 * they come faster than the server takes them, what has gathered is told together.
 */
export class UntoldChanges {
  readonly #clock: Clock;
  readonly #ear: ServerEar;
  readonly #pace = new RateLimit(PACE);
  #added: Set<string> | "*" = new Set();
  readonly #removed = new Set<string>();
  #restates = false;
  #cancelRetry: (() => void) | undefined;

  constructor(clock: Clock, ear: ServerEar) {
    this.#clock = clock;
    this.#ear = ear;
  }

  /** Whether the server has yet to be asked for some of what is wanted. */
  get owesSubscribe(): boolean {
    return this.#restates || this.#added === "*" || this.#added.size > 0;
  }

  /** These symbols are wanted too. */
  add(symbols: readonly string[] | "*"): void {
    if (symbols === "*") {
      this.#added = "*";
      this.#removed.clear();
    } else {
      for (const symbol of symbols) {
        this.#removed.delete(symbol);
        if (this.#added !== "*") this.#added.add(symbol);
      }
    }
    this.#tell();
  }

  /** These symbols, which have been named, are wanted no longer. */
  remove(symbols: readonly string[]): void {
    for (const symbol of symbols) {
      this.#removed.add(symbol);
      if (this.#added !== "*") this.#added.delete(symbol);
    }
    this.#tell();
  }

  /** Something else has changed: all that is wanted has to be said. */
  restate(): void {
    this.#restates = true;
    this.#tell();
  }

  /**
   * The server did not take something that it was told: all that is wanted has to be said, but not at once.
   *
   * @param unwanted what it goes on sending: saying what is wanted takes nothing out
   */
  refused(unwanted: readonly string[]): void {
    this.#restates = true;
    for (const symbol of unwanted) this.#removed.add(symbol);
    this.#tellLater();
  }

  /** The next connection is told all anyway. */
  forget(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#added = new Set();
    this.#removed.clear();
    this.#restates = false;
  }

  /** First what goes, so that there is room for what comes. */
  #tell(): void {
    if (this.#cancelRetry !== undefined) return;
    const removed = [...this.#removed].slice(0, PROTOCOL_LIMITS.symbolsMax);
    if (removed.length > 0) {
      if (!this.#mayTell()) return;
      for (const symbol of removed) this.#removed.delete(symbol);
      this.#ear.unsubscribe(removed);
    }
    if (this.#removed.size > 0) return this.#tellLater();
    if (!this.owesSubscribe || !this.#mayTell()) return;
    const added = this.#added === "*" ? "*" : [...this.#added];
    this.#added = new Set();
    if (!this.#restates) return this.#ear.subscribe(added);
    this.#restates = false;
    this.#ear.restate();
  }

  #mayTell(): boolean {
    const may = this.#pace.take(this.#clock.nowMs());
    if (!may) this.#tellLater();
    return may;
  }

  #tellLater(): void {
    this.#cancelRetry ??= this.#clock.schedule(() => {
      this.#cancelRetry = undefined;
      this.#tell();
    }, RETRY_INTERVAL_MS);
  }
}
