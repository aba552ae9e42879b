import { errorText } from "../errors.ts";
import { sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import { Backoff } from "../backoff.ts";
import type { PriceSource, SourceCounts, TickSink } from "./price_source.ts";
import type { QuoteAnswer, QuoteApi } from "./quote_api.ts";

/** How often an API is asked. */
export interface QuotePollerOptions {
  readonly api: QuoteApi;
  readonly symbols: readonly string[];
  readonly requestsPerMinute: number;
  /** Shortest pause after a limit answer: limits are counted by the minute. @default {60_000} */
  readonly limitPauseMinMs?: number;
  /** Ceiling of the first pause after a failure; it doubles up to an hour. @default {2000} */
  readonly failurePauseMs?: number;
  /** How long a symbol that the API does not know is left alone. @default {3_600_000} */
  readonly unknownPauseMs?: number;
}

type Trouble = "failing" | "limited" | "refused";

const PAUSE_MS_MAX = 3_600_000;

const log = logger("aggregator");

/**
 * Asks a quote API for one symbol after the other, evenly spaced, for ever. Emits a tick when a quote's
 * price or upstream time differs from the one before. Every kind of trouble is logged when it begins
 * and when it ends, not for each request.
 */
export class QuotePoller implements PriceSource {
  readonly name: string;
  readonly #api: QuoteApi;
  readonly #symbols: readonly string[];
  readonly #spacingMs: number;
  readonly #limitPauseMinMs: number;
  readonly #unknownPauseMs: number;
  readonly #backoff: Backoff;
  /** What was last emitted of each symbol, as one text. */
  readonly #emitted = new Map<string, string>();
  /** Symbols that the API does not know, and when to ask again. */
  readonly #unknownUntilMs = new Map<string, number>();
  #turn = 0;
  #errors = 0;
  #trouble: Trouble | undefined;

  constructor(options: QuotePollerOptions) {
    this.name = options.api.name;
    this.#api = options.api;
    this.#symbols = options.symbols;
    this.#spacingMs = 60_000 / options.requestsPerMinute;
    this.#limitPauseMinMs = options.limitPauseMinMs ?? 60_000;
    this.#unknownPauseMs = options.unknownPauseMs ?? 3_600_000;
    this.#backoff = new Backoff({ firstMs: options.failurePauseMs ?? 2000, maxMs: PAUSE_MS_MAX });
  }

  get counts(): SourceCounts {
    return { errors: this.#errors, skipped: 0 };
  }

  async run(sink: TickSink, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedMs = performance.now();
      const symbol = this.#nextSymbol();
      const pauseMs = symbol === undefined ? 0 : await this.#askOnce(symbol, sink, signal);
      const spacingLeftMs = startedMs + this.#spacingMs - performance.now();
      await sleep(Math.max(pauseMs, spacingLeftMs), signal);
    }
  }

  /** The next symbol in turn that is not set aside; `undefined` when all are. */
  #nextSymbol(): string | undefined {
    for (let passed = 0; passed < this.#symbols.length; passed += 1) {
      const symbol = this.#symbols[this.#turn % this.#symbols.length];
      this.#turn += 1;
      if (symbol !== undefined && !this.#isSetAside(symbol)) return symbol;
    }
    return undefined;
  }

  /** Returns the pause that the answer calls for, beside the spacing. */
  async #askOnce(symbol: string, sink: TickSink, signal: AbortSignal): Promise<number> {
    let answer: QuoteAnswer;
    try {
      answer = await this.#api.ask(symbol, signal);
    } catch (error) {
      if (signal.aborted) return 0;
      this.#errors += 1;
      this.#enter("failing", errorText(error));
      return this.#backoff.nextMs();
    }
    if (signal.aborted) return 0;
    if (answer.kind === "limited" || answer.kind === "refused") {
      this.#errors += 1;
      this.#enter(answer.kind, answer.reason);
      const askedMs = answer.kind === "limited" ? answer.waitMs ?? 0 : 0;
      const pauseMs = Math.max(this.#limitPauseMinMs, askedMs, this.#backoff.nextMs());
      return Math.min(pauseMs, PAUSE_MS_MAX);
    }
    this.#leaveTrouble();
    if (answer.kind === "unknown") this.#setAside(symbol, answer.reason);
    else this.#emit(symbol, answer, sink);
    return 0;
  }

  #emit(symbol: string, quote: QuoteAnswer & { kind: "quote" }, sink: TickSink): void {
    const emitted = `${quote.price} ${quote.version}`;
    if (this.#emitted.get(symbol) === emitted) return;
    this.#emitted.set(symbol, emitted);
    sink.emit([{ symbol, source: this.name, price: quote.price, timestamp: quote.timestamp }]);
  }

  #isSetAside(symbol: string): boolean {
    return performance.now() < (this.#unknownUntilMs.get(symbol) ?? 0);
  }

  #setAside(symbol: string, reason: string): void {
    if (!this.#unknownUntilMs.has(symbol)) {
      this.#errors += 1;
      log.warn("{source} has no price for {symbol}: {reason}. Asking again after a long pause", {
        code: "aggregator_symbol_unknown",
        source: this.name,
        symbol,
        reason,
      });
    }
    this.#unknownUntilMs.set(symbol, performance.now() + this.#unknownPauseMs);
  }

  #enter(trouble: Trouble, reason: string): void {
    if (this.#trouble === trouble) return;
    this.#trouble = trouble;
    log.warn("{source} is {trouble}: {reason}. Asking again more slowly", {
      code: "aggregator_source_trouble",
      source: this.name,
      trouble,
      reason,
    });
  }

  #leaveTrouble(): void {
    this.#backoff.reset();
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    log.info("{source} answers again", {
      code: "aggregator_source_working",
      source: this.name,
    });
  }
}
