import { PROTOCOL_LIMITS } from "../session/protocol.ts";

/** What a client wants to see. */
export interface SubscriptionOptions {
  /** Symbols by name, or "*" for all, present and future. */
  readonly symbols: readonly string[] | "*";
  /** Sources by name. @default {"*"} */
  readonly sources?: readonly string[] | "*";
  /** Past prices that come with each quote of a snapshot, 100 at most. @default {0} */
  readonly history?: number;
  /** At most one update in this many milliseconds; 0 for each change. @default {0} */
  readonly maxRateMs?: number;
}

/** The part of `subscribe` and `resume` that says what is wanted. */
export interface SubscriptionEntries {
  symbols: string[] | "*";
  sources: string[] | "*";
  history: number;
  max_rate_ms: number;
}

/**
 * What a client wants, checked against the protocol's limits here rather than by the server, so that a
 * mistake shows where it was made. Immutable: a change makes a new one.
 */
export class Subscription {
  readonly #symbols: ReadonlySet<string> | "*";
  readonly #sources: ReadonlySet<string> | "*";
  readonly history: number;
  readonly maxRateMs: number;

  /** @throws {RangeError} when the protocol does not allow it */
  constructor(options: SubscriptionOptions) {
    this.#symbols = readNames("symbols", options.symbols, PROTOCOL_LIMITS.symbolsMax);
    this.#sources = readNames("sources", options.sources ?? "*", PROTOCOL_LIMITS.sourcesMax);
    this.history = readNumber("history", options.history ?? 0, PROTOCOL_LIMITS.historyMax);
    this.maxRateMs = readNumber("maxRateMs", options.maxRateMs ?? 0, PROTOCOL_LIMITS.rateMsMax);
  }

  /** Whether quotes of this symbol and source are wanted. */
  matches(quote: { readonly symbol: string; readonly source: string }): boolean {
    return this.includes(quote.symbol) &&
      (this.#sources === "*" || this.#sources.has(quote.source));
  }

  /** Whether this symbol is wanted. */
  includes(symbol: string): boolean {
    return this.#symbols === "*" || this.#symbols.has(symbol);
  }

  /** With further symbols. @throws {RangeError} when they are too many */
  with(symbols: readonly string[] | "*"): Subscription {
    const all = symbols === "*" || this.#symbols === "*" ? "*" : [...this.#symbols, ...symbols];
    return new Subscription({ ...this.#options(), symbols: all });
  }

  /** Without these symbols. @throws {RangeError} when none would be left, or when all are wanted */
  without(symbols: readonly string[]): Subscription {
    if (this.#symbols === "*") {
      throw new RangeError('Cannot unsubscribe: symbols must have been named, are "*"');
    }
    const rest = [...this.#symbols].filter((symbol) => !symbols.includes(symbol));
    return new Subscription({ ...this.#options(), symbols: rest });
  }

  /** With another rate. @throws {RangeError} when the protocol does not allow it */
  atRate(maxRateMs: number): Subscription {
    return new Subscription({ ...this.#options(), maxRateMs });
  }

  /** As it stands in a message. */
  toWire(): SubscriptionEntries {
    return {
      symbols: this.#symbols === "*" ? "*" : [...this.#symbols],
      sources: this.#sources === "*" ? "*" : [...this.#sources],
      history: this.history,
      max_rate_ms: this.maxRateMs,
    };
  }

  #options(): SubscriptionOptions {
    const { symbols, sources, history, max_rate_ms } = this.toWire();
    return { symbols, sources, history, maxRateMs: max_rate_ms };
  }
}

function readNames(
  what: string,
  names: readonly string[] | "*",
  max: number,
): ReadonlySet<string> | "*" {
  if (names === "*") return "*";
  const set = new Set(names);
  if (set.size < 1 || set.size > max) {
    throw new RangeError(`Cannot subscribe: ${what} must be 1 to ${max}, are ${set.size}`);
  }
  for (const name of set) {
    if (name.length < 1 || name.length > 32) {
      throw new RangeError(
        `Cannot subscribe: each of ${what} must have 1 to 32 characters, one has ${name.length}`,
      );
    }
  }
  return set;
}

function readNumber(what: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(
    `Cannot subscribe: ${what} must be a whole number from 0 to ${max}, is ${value}`,
  );
}
