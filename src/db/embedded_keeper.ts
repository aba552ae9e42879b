import { Backoff } from "../backoff.ts";
import { errorText } from "../errors.ts";
import { type Closable, sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { EmbeddedServer } from "./embedded_server.ts";

/** How hard a keeper tries. */
export interface KeeperOptions {
  /** Starts that may fail one after the other; 10 by default, which take some 2 minutes. */
  readonly triesMax?: number;
  /** Ceiling of the first pause between two of them; 500 ms by default. */
  readonly firstPauseMs?: number;
}

const CHECK_INTERVAL_MS = 1000;
const TRIES_MAX = 10;
const FIRST_PAUSE_MS = 500;
const PAUSE_MS_MAX = 30_000;
/** One that has run this long did not end by something that every start brings about again. */
const STEADY_AFTER_MS = 60_000;

const log = logger("db");

/**
 * Starts an embedded Postgres again, on the same port, when it has ended without being told to: nobody
 * else looks after it. Gives up after some failures in a row, and leaves it to the operator then.
 */
export class EmbeddedKeeper implements Closable {
  readonly #server: EmbeddedServer;
  readonly #triesMax: number;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  readonly #keeping: Promise<void>;
  #startedAtMs = performance.now();

  constructor(server: EmbeddedServer, options: KeeperOptions = {}) {
    this.#server = server;
    this.#triesMax = options.triesMax ?? TRIES_MAX;
    this.#backoff = new Backoff({
      firstMs: options.firstPauseMs ?? FIRST_PAUSE_MS,
      maxMs: PAUSE_MS_MAX,
    });
    this.#keeping = this.#keep();
  }

  get url(): string {
    return this.#server.url;
  }

  /** Resolves when nobody looks after Postgres any more: it was given up, or closed. */
  get ended(): Promise<void> {
    return this.#keeping;
  }

  /** Stops Postgres, and does not start it again. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#keeping;
    await this.#server.close();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await sleep(CHECK_INTERVAL_MS, signal);
      if (signal.aborted || await this.#runs()) continue;
      log.error("Postgres has ended by itself and is started again", { code: "embedded_ended" });
      if (performance.now() - this.#startedAtMs > STEADY_AFTER_MS) this.#backoff.reset();
      while (!signal.aborted && !await this.#restart(signal)) {
        if (this.#backoff.attempts < this.#triesMax) continue;
        log.error(
          "Postgres does not start and is given up after {tries} tries: mend it and start again",
          {
            code: "embedded_given_up",
            tries: this.#triesMax,
          },
        );
        return;
      }
    }
  }

  async #runs(): Promise<boolean> {
    try {
      return await this.#server.runs();
    } catch (error) {
      log.warn("Cannot tell whether Postgres runs: {reason}", {
        code: "embedded_unknown",
        reason: errorText(error),
      });
      return true;
    }
  }

  async #restart(signal: AbortSignal): Promise<boolean> {
    await sleep(this.#backoff.nextMs(), signal);
    if (signal.aborted) return false;
    try {
      await this.#server.restart(signal);
    } catch (error) {
      log.warn("Postgres could not be started again: {reason}", {
        code: "embedded_restart_failed",
        reason: errorText(error),
      });
      return false;
    }
    this.#startedAtMs = performance.now();
    log.warn("Postgres runs again", { code: "embedded_restarted" });
    return true;
  }
}
