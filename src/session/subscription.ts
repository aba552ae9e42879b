import type { Grant } from "../auth/grant.ts";
import type { Book, BookEntry } from "../price/book.ts";
import type { QuoteNames } from "../price/quote.ts";
import { NameList } from "./name_list.ts";
import { PROTOCOL_LIMITS, type WireSubscription } from "./protocol.ts";

/** Some names, or all there are and will be. */
type Names = NameList | "*";

/** What a `subscribe` or `resume` message asks for. */
export interface SubscriptionRequest {
  readonly symbols: readonly string[] | "*";
  readonly sources?: readonly string[] | "*" | undefined;
  readonly history?: number | undefined;
  readonly max_rate_ms?: number | undefined;
}

/** The outcome of a change: a new subscription, or why there is none. */
export type SubscriptionChange =
  | { readonly ok: true; readonly subscription: Subscription }
  | { readonly ok: false; readonly fault: string };

/** Which quotes a client wants, and how. Immutable: a change makes a new one. */
export class Subscription {
  readonly #symbols: Names;
  readonly #sources: Names;
  /** Past prices that come with each quote of a snapshot. */
  readonly history: number;
  /** At most one update in this many milliseconds; 0 for each change. */
  readonly maxRateMs: number;
  /** The same for all subscriptions that select the same quotes; they can share frames. */
  readonly selection: string;

  private constructor(
    symbols: Names,
    sources: Names,
    history: number,
    maxRateMs: number,
    selection?: string,
  ) {
    this.#symbols = symbols;
    this.#sources = sources;
    this.history = history;
    this.maxRateMs = maxRateMs;
    this.selection = selection ?? JSON.stringify([listed(symbols), listed(sources)]);
  }

  /** Every symbol and source, each change, no history: what a classic client gets. */
  static readonly everything: Subscription = new Subscription("*", "*", 0, 0);

  /** Everything that a client may see. */
  static allowed({ symbols }: Pick<Grant, "symbols">): Subscription {
    if (symbols === "*") return Subscription.everything;
    return Subscription.of({ symbols: [...symbols] });
  }

  /** A subscription with just what is asked for. */
  static of(request: SubscriptionRequest): Subscription {
    return new Subscription(
      names(request.symbols),
      names(request.sources ?? "*"),
      request.history ?? 0,
      request.max_rate_ms ?? 0,
    );
  }

  /** Adds the request's symbols; its other settings, where stated, replace the ones so far. */
  extend(request: SubscriptionRequest): SubscriptionChange {
    const symbols = union(this.#symbols, request.symbols);
    if (symbols !== "*" && symbols.size > PROTOCOL_LIMITS.symbolsMax) {
      return {
        ok: false,
        fault:
          `must name at most ${PROTOCOL_LIMITS.symbolsMax} symbols in all, would be ${symbols.size}`,
      };
    }
    const sources = request.sources === undefined ? this.#sources : names(request.sources);
    const isSame = symbols === this.#symbols && sources === this.#sources;
    return {
      ok: true,
      subscription: new Subscription(
        symbols,
        sources,
        request.history ?? this.history,
        request.max_rate_ms ?? this.maxRateMs,
        isSame ? this.selection : undefined,
      ),
    };
  }

  /** Only those of its symbols that are named too: what a request adds to a client that has the rest. */
  narrowed(symbols: readonly string[] | "*"): Subscription {
    if (symbols === "*") return this;
    return new Subscription(names(symbols), this.#sources, this.history, this.maxRateMs);
  }

  /** Takes symbols out. From "*" single symbols cannot be taken out: there is no list to take them from. */
  without(symbols: readonly string[] | "*"): SubscriptionChange {
    if (symbols !== "*" && this.#symbols === "*") {
      return { ok: false, fault: 'must be "*" while the subscription is "*"' };
    }
    const rest = this.#symbols === "*" || symbols === "*"
      ? NameList.of([])
      : this.#symbols.without(symbols);
    return {
      ok: true,
      subscription: new Subscription(rest, this.#sources, this.history, this.maxRateMs),
    };
  }

  /** Whether it selects every quote there is. */
  get all(): boolean {
    return this.#symbols === "*" && this.#sources === "*";
  }

  matches({ symbol, source }: QuoteNames): boolean {
    return (this.#symbols === "*" || this.#symbols.has(symbol)) &&
      (this.#sources === "*" || this.#sources.has(source));
  }

  /** The book's entries that it selects, at the cost of the listed symbols and not of the whole book. */
  select(book: Book): BookEntry[] {
    if (this.#symbols === "*") {
      const entries = [...book.entries()];
      return this.all ? entries : entries.filter((entry) => this.matches(entry));
    }
    const entries: BookEntry[] = [];
    for (const symbol of this.#symbols.names) {
      for (const entry of book.ofSymbol(symbol)) {
        if (this.matches(entry)) entries.push(entry);
      }
    }
    return entries;
  }

  toWire(): WireSubscription {
    return {
      symbols: listed(this.#symbols),
      sources: listed(this.#sources),
      history: this.history,
      max_rate_ms: this.maxRateMs,
    };
  }
}

function names(words: readonly string[] | "*"): Names {
  return words === "*" ? "*" : NameList.of(words);
}

function union(before: Names, further: readonly string[] | "*"): Names {
  return before === "*" || further === "*" ? "*" : before.with(further);
}

function listed(names: Names): readonly string[] | "*" {
  return names === "*" ? "*" : names.names;
}
