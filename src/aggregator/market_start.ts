import { Random } from "./random.ts";

/** Where a simulated symbol begins. */
export interface MarketStart {
  readonly price: number;
  /** Standard deviation of a year's log return. */
  readonly volatility: number;
}

/** Plausible, not actual, values for the symbols that the configuration starts with. */
const KNOWN: Readonly<Record<string, MarketStart>> = {
  AAPL: { price: 232.5, volatility: 0.28 },
  AMZN: { price: 219.4, volatility: 0.33 },
  GOOGL: { price: 191.2, volatility: 0.3 },
  META: { price: 612.8, volatility: 0.38 },
  MSFT: { price: 436.9, volatility: 0.25 },
  NFLX: { price: 911.5, volatility: 0.4 },
  NVDA: { price: 138.3, volatility: 0.5 },
  TSLA: { price: 248.7, volatility: 0.6 },
};

const PRICE_MIN = 10;
const PRICE_MAX = 500;
const VOLATILITY_MIN = 0.2;
const VOLATILITY_MAX = 0.6;

/** The start of a symbol, derived from its name when it is not a known one: the same in every run. */
export function startOf(symbol: string): MarketStart {
  const known = Object.hasOwn(KNOWN, symbol) ? KNOWN[symbol] : undefined;
  if (known !== undefined) return known;
  const random = new Random(hash(symbol));
  const price = PRICE_MIN * (PRICE_MAX / PRICE_MIN) ** random.uniform();
  const volatility = VOLATILITY_MIN + (VOLATILITY_MAX - VOLATILITY_MIN) * random.uniform();
  return { price: Math.round(price * 100) / 100, volatility };
}

/** FNV-1a over UTF-16 units (http://www.isthe.com/chongo/tech/comp/fnv/), as 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value >>> 0;
}
