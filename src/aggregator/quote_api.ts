/** What a quote API said about one symbol. */
export type QuoteAnswer =
  | {
    readonly kind: "quote";
    readonly price: number;
    /** When the price was valid, in unix seconds. */
    readonly timestamp: number;
    /** What tells this quote from the one before, beside the price: the upstream's own time. */
    readonly version: string;
  }
  /** The API does not know the symbol, or does not sell it under this key. */
  | { readonly kind: "unknown"; readonly reason: string }
  /** Too many requests. `waitMs` is what the API asked for, if it did. */
  | { readonly kind: "limited"; readonly reason: string; readonly waitMs: number | undefined }
  /** The API does not accept the key. */
  | { readonly kind: "refused"; readonly reason: string };

/** An HTTP API that is asked for one symbol at a time. */
export interface QuoteApi {
  /** As in `AGGREGATOR_SOURCES`; the ticks carry it as their source. */
  readonly name: string;
  /**
   * Asks once, without retrying. It MUST settle within a bounded time, and soon after `signal` aborts.
   * It MUST throw for what may pass by waiting (network, server fault, unreadable answer). Neither the
   * answer's reason nor an error's text may hold the key.
   */
  ask(symbol: string, signal: AbortSignal): Promise<QuoteAnswer>;
}
