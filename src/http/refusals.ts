import { FEW_LINES, LineLimit } from "../line_limit.ts";
import { logger } from "../log.ts";
import type { RefusalRule } from "../metric_names.ts";
import type { MetricWriter } from "../metrics.ts";

const LOGGED_CHARACTERS_MAX = 200;
const TOLD_CHARACTERS_MAX = 500;

const log = logger("http");

/** A reason as a client is told it: whatever it quotes of a request, it is short. */
export function toldReason(reason: string): string {
  return reason.slice(0, TOLD_CHARACTERS_MAX);
}

/**
 * Counts who is turned away, and says so in the log: each rule five times a minute in full, and how many
 * more there were when the minute is over, so that nobody can fill the log by coming again and again.
 */
export class Refusals {
  readonly #counters: MetricWriter;
  readonly #lines: LineLimit;

  constructor(counters: MetricWriter, windowMs: number = FEW_LINES.windowMs) {
    this.#counters = counters;
    const of = "http_refused";
    this.#lines = new LineLimit({ log, level: "info", of, ...FEW_LINES, windowMs });
  }

  /**
   * @param reason a sentence, which may quote what the client sent
   * @param peer network address, for the log
   * @returns the reason as the client is to be told it
   */
  note(rule: RefusalRule, reason: string, peer: string): string {
    this.#counters.add(`rejected_${rule}`, 1);
    if (this.#lines.take(rule)) {
      log.info("Refused {peer}: {reason}", {
        code: "http_refused",
        rule,
        peer,
        reason: reason.slice(0, LOGGED_CHARACTERS_MAX),
      });
    }
    return toldReason(reason);
  }
}
