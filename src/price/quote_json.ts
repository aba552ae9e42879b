import type { Quote } from "./quote.ts";

/**
 * Several quotes as JSON, each once for all who get any of them: whoever wants all takes `joined`, and
 * whoever wants some puts them together from parts.
 */
export interface EncodedQuotes {
  /** The quotes, separated by commas. */
  readonly joined: string;
  /** Where in `joined` each of them ends. */
  readonly ends: Uint32Array;
}

/** A changed quote as it stands in an update of v1. */
export function quoteJson(quote: Quote): string {
  return quoteJsonHead(quote) + priceText(quote.price) + momentJson(quote);
}

/**
 * What is the same for every quote of a symbol and source. In one piece: parts that are merely concatenated
 * are a tree in V8, to be walked again by whatever reads a text that the head is in.
 */
export function quoteJsonHead({ symbol, source }: Pick<Quote, "symbol" | "source">): string {
  const names = ['{"symbol":', JSON.stringify(symbol), ',"source":', JSON.stringify(source)];
  return [...names, ',"price":'].join("");
}

/** The rest after the price. The numbers are finite, so that their own text is JSON. */
function momentJson({ timestamp, timeMs }: Pick<Quote, "timestamp" | "timeMs">): string {
  return [',"timestamp":', timestamp, ',"time":', timeMs, "}"].join("");
}

/** Below it a price of whole cents has 11 digits at the most; 15 are told apart in every number. */
const CENTS_MAX = 1e11;

/**
 * A price as `String` writes it, for half the cost where it is of whole cents (measured on V8 15.0): no two
 * decimals of so few digits are the same number, so that the digits of the cents are the price's own.
 */
export function priceText(price: number): string {
  const cents = Math.round(price * 100);
  if (cents / 100 !== price || cents < 1 || cents > CENTS_MAX) return String(price);
  const whole = Math.floor(cents / 100);
  const rest = cents - whole * 100;
  if (rest === 0) return String(whole);
  if (rest < 10) return `${whole}.0${rest}`;
  return `${whole}.${rest % 10 === 0 ? rest / 10 : rest}`;
}

/** Quotes at these positions, separated by commas. */
export function joinSome({ joined, ends }: EncodedQuotes, positions: readonly number[]): string {
  const parts = positions.map((position) => {
    const start = position === 0 ? 0 : (ends[position - 1] ?? 0) + 1;
    return joined.slice(start, ends[position]);
  });
  return parts.join(",");
}

/** Encodes quotes that nobody has encoded yet. */
export function encodeQuotes(quotes: readonly Quote[]): EncodedQuotes {
  const encoder = new QuotesEncoder(quotes.length);
  for (const quote of quotes) encoder.add(quoteJsonHead(quote), quote);
  return encoder.finish();
}

/**
 * Encodes quotes one after the other. A moment is written once for all that follow one another and share it,
 * as the rows of one INSERT do.
 */
export class QuotesEncoder {
  readonly #ends: Uint32Array;
  readonly #parts: string[] = [];
  #count = 0;
  #length = 0;
  #timestamp = NaN;
  #timeMs = NaN;
  #moment = "";

  /** @param quotesMax how many there will be at the most */
  constructor(quotesMax: number) {
    this.#ends = new Uint32Array(quotesMax);
  }

  /** @param head from `quoteJsonHead` */
  add(head: string, { price, timestamp, timeMs }: Omit<Quote, "symbol" | "source">): void {
    if (timestamp !== this.#timestamp || timeMs !== this.#timeMs) {
      this.#timestamp = timestamp;
      this.#timeMs = timeMs;
      this.#moment = momentJson({ timestamp, timeMs });
    }
    if (this.#count > 0) {
      this.#parts.push(",");
      this.#length += 1;
    }
    const text = priceText(price);
    this.#parts.push(head, text, this.#moment);
    this.#length += head.length + text.length + this.#moment.length;
    this.#ends[this.#count] = this.#length;
    this.#count += 1;
  }

  /** What has been added. */
  finish(): EncodedQuotes {
    return { joined: this.#parts.join(""), ends: this.#ends.subarray(0, this.#count) };
  }
}
