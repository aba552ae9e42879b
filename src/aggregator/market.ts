import { Random } from "./random.ts";
import { startOf } from "./market_start.ts";

/** One quote of a simulated market, before it gets its time. */
export interface MarketQuote {
  readonly symbol: string;
  readonly source: string;
  /** In whole cents. */
  readonly price: number;
}

/** What determines a market. */
export interface MarketOptions {
  readonly symbols: readonly string[];
  /** Places that quote the same symbols, each a little differently. */
  readonly venues: readonly string[];
  /** Quotes per second of market time, over all symbols and venues. */
  readonly quotesPerSecond: number;
  /** A whole number from 0 to 2^32 - 1. */
  readonly seed: number;
  /** Where symbols were when a market before this one stopped; the others begin at their start. */
  readonly lastPrices?: ReadonlyMap<string, number>;
}

/** State of one symbol; logarithms are natural. */
interface Stock {
  readonly symbol: string;
  readonly startPrice: number;
  /** Standard deviation of the log price over the square root of a second, in calm times. */
  readonly volatility: number;
  /** Log of the price over `startPrice`. */
  deviation: number;
  /** Log of the present volatility over its long-term mean. */
  unrest: number;
  /** Market time of the last change. */
  timeSeconds: number;
}

const TRADING_SECONDS_PER_YEAR = 252 * 6.5 * 3600;
/** How fast a price is drawn back to where it began, so that a feed that runs for days stays in range. */
const PRICE_REVERSION_SECONDS = 12 * 3600;
const UNREST_REVERSION_SECONDS = 300;
const UNREST_DEVIATION = 0.5;
const JUMP_INTERVAL_SECONDS = 3600;
const JUMP_DEVIATION = 0.004;
/** Spread between venues: half a basis point, about a cent on a price of 200. */
const VENUE_DEVIATION = 0.000_05;
/** A price stays within a factor of e^0.5, about 1.65, of its start. */
const DEVIATION_MAX = 0.5;

/**
 * A market that looks like one, as a pure function of its options: the same options give the same
 * quotes in the same order, because market time advances with each quote and not with a clock.
 *
 * Log prices follow an Ornstein-Uhlenbeck process: a random walk with a mild pull back. The walk's
 * volatility follows another one, which gives calm and nervous minutes, and now and then a price
 * jumps. Both are solved exactly for any step, so a symbol that is quoted once an hour moves as far
 * as one that is quoted a thousand times a second.
 */
export class Market {
  readonly #random: Random;
  readonly #venues: readonly string[];
  readonly #stocks: readonly Stock[];
  readonly #secondsPerQuote: number;
  #quotes = 0;

  constructor(options: MarketOptions) {
    this.#random = new Random(options.seed);
    this.#venues = options.venues;
    this.#secondsPerQuote = 1 / options.quotesPerSecond;
    this.#stocks = options.symbols.map((symbol) => {
      const { price, volatility } = startOf(symbol);
      return {
        symbol,
        startPrice: price,
        volatility: volatility / Math.sqrt(TRADING_SECONDS_PER_YEAR),
        deviation: deviationOf(options.lastPrices?.get(symbol) ?? price, price),
        unrest: UNREST_DEVIATION * this.#random.normal(),
        timeSeconds: 0,
      };
    });
  }

  /** The next quote: first one of each symbol and venue in turn, then of symbols and venues at random. */
  next(): MarketQuote {
    const pairs = this.#stocks.length * this.#venues.length;
    const pair = this.#quotes < pairs ? this.#quotes : this.#random.below(pairs);
    this.#quotes += 1;
    const stock = this.#stocks[pair % this.#stocks.length];
    const source = this.#venues[Math.floor(pair / this.#stocks.length)];
    if (stock === undefined || source === undefined) {
      throw new RangeError("Cannot quote: a market must have symbols and venues, has none");
    }
    this.#advance(stock, this.#quotes * this.#secondsPerQuote);
    return { symbol: stock.symbol, source, price: this.#quotePrice(stock) };
  }

  #advance(stock: Stock, timeSeconds: number): void {
    const stepSeconds = timeSeconds - stock.timeSeconds;
    stock.timeSeconds = timeSeconds;
    stock.unrest = stock.unrest * Math.exp(-stepSeconds / UNREST_REVERSION_SECONDS) +
      UNREST_DEVIATION * this.#random.normal() *
        Math.sqrt(-Math.expm1(-2 * stepSeconds / UNREST_REVERSION_SECONDS));
    // Minus the square of its deviation: the mean variance is then that of a steady volatility.
    const volatility = stock.volatility * Math.exp(stock.unrest - UNREST_DEVIATION ** 2);
    const spread = volatility * Math.sqrt(
      PRICE_REVERSION_SECONDS / 2 * -Math.expm1(-2 * stepSeconds / PRICE_REVERSION_SECONDS),
    );
    const jumps = this.#random.uniform() < -Math.expm1(-stepSeconds / JUMP_INTERVAL_SECONDS);
    const deviation = stock.deviation * Math.exp(-stepSeconds / PRICE_REVERSION_SECONDS) +
      spread * this.#random.normal() + (jumps ? JUMP_DEVIATION * this.#random.normal() : 0);
    stock.deviation = inRange(deviation);
  }

  #quotePrice(stock: Stock): number {
    const offset = VENUE_DEVIATION * this.#random.normal();
    const price = stock.startPrice * Math.exp(stock.deviation + offset);
    return Math.max(1, Math.round(price * 100)) / 100;
  }
}

function deviationOf(price: number, startPrice: number): number {
  return inRange(Math.log(price / startPrice));
}

function inRange(deviation: number): number {
  return Math.min(DEVIATION_MAX, Math.max(-DEVIATION_MAX, deviation));
}
