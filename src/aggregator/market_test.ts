import assert from "node:assert/strict";
import { Market, type MarketOptions, type MarketQuote } from "./market.ts";

const options: MarketOptions = {
  symbols: ["AAPL", "TSLA", "UNHEARD"],
  venues: ["a", "b"],
  quotesPerSecond: 6,
  seed: 42,
};

function quotes(market: Market, count: number): MarketQuote[] {
  return Array.from({ length: count }, () => market.next());
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

Deno.test("Market gives the same quotes for the same options", () => {
  assert.deepEqual(quotes(new Market(options), 1000), quotes(new Market(options), 1000));
});

Deno.test("Market gives other quotes for another seed", () => {
  const other = new Market({ ...options, seed: 43 });
  assert.notDeepEqual(quotes(new Market(options), 100), quotes(other, 100));
});

Deno.test("Market quotes every symbol at every venue before any twice", () => {
  const first = quotes(new Market(options), 6);
  assert.equal(new Set(first.map(({ symbol, source }) => `${symbol} ${source}`)).size, 6);
});

Deno.test("Market keeps quoting 10,000 symbols", () => {
  const symbols = Array.from({ length: 10_000 }, (_, i) => `SYM${i}`);
  const all = quotes(new Market({ ...options, symbols }), 20_000);
  assert.equal(new Set(all.map((quote) => quote.symbol)).size, 10_000);
  assert.ok(all.every((quote) => quote.price >= 5 && quote.price <= 1000));
});

Deno.test("Market starts a known symbol near its start price", () => {
  const [first] = quotes(new Market(options), 1);
  assert.ok(first !== undefined && Math.abs(first.price - 232.5) < 1, `${first?.price}`);
});

Deno.test("Market quotes whole cents", () => {
  for (const { price } of quotes(new Market(options), 1000)) {
    assert.equal(price, Number(price.toFixed(2)));
  }
});

Deno.test("Market stays within its bounds over a month", () => {
  // One quote in ten seconds of market time, so that a month takes a blink.
  const market = new Market({ ...options, symbols: ["TSLA"], quotesPerSecond: 0.1 });
  const prices = quotes(market, 30 * 8640).map((quote) => quote.price);
  assert.ok(prices.every((price) => price > 248.7 / 1.65 && price < 248.7 * 1.65));
});

Deno.test("Market moves as far in a minute as the symbol's yearly volatility says", () => {
  const market = new Market({ ...options, symbols: ["TSLA"], quotesPerSecond: 1 / 60 });
  const logs = quotes(market, 50_000).map((quote) => Math.log(quote.price));
  const returns = logs.slice(1).map((value, i) => value - (logs[i] ?? value));
  const expected = 0.6 * Math.sqrt(60 / (252 * 6.5 * 3600));
  const ratio = standardDeviation(returns) / expected;
  assert.ok(ratio > 0.8 && ratio < 1.4, `measured ${ratio} times the expected deviation`);
});

Deno.test("Market has fatter tails than a normal distribution, as markets do", () => {
  const market = new Market({ ...options, symbols: ["TSLA"], quotesPerSecond: 1 / 60 });
  const logs = quotes(market, 50_000).map((quote) => Math.log(quote.price));
  const returns = logs.slice(1).map((value, i) => value - (logs[i] ?? value));
  const deviation = standardDeviation(returns);
  const kurtosis = returns.reduce((sum, value) => sum + (value / deviation) ** 4, 0) /
    returns.length;
  assert.ok(kurtosis > 4 && kurtosis < 100, `kurtosis ${kurtosis}`);
});

Deno.test("Market moves as far in an hour, however often it is quoted", () => {
  const hourly = (quotesPerSecond: number, hours: number) => {
    const market = new Market({ ...options, symbols: ["AAPL"], venues: ["a"], quotesPerSecond });
    const step = 3600 * quotesPerSecond;
    const logs = quotes(market, step * hours).filter((_, i) => i % step === 0)
      .map((quote) => Math.log(quote.price));
    return standardDeviation(logs.slice(1).map((value, i) => value - (logs[i] ?? value)));
  };
  const ratio = hourly(1, 300) / hourly(1 / 60, 300);
  assert.ok(ratio > 0.8 && ratio < 1.25, `ratio ${ratio}`);
});

Deno.test("Market's venues quote within a tenth of a percent of each other", () => {
  const market = new Market({ ...options, symbols: ["AAPL"], quotesPerSecond: 1000 });
  const newest = new Map<string, number>();
  for (const { source, price } of quotes(market, 5000)) {
    newest.set(source, price);
    const [a = price, b = price] = newest.values();
    assert.ok(Math.abs(a / b - 1) < 0.001);
  }
});

Deno.test("Market goes on from the last prices where there are some", () => {
  const lastPrices = new Map([["AAPL", 250]]);
  const market = new Market({ ...options, symbols: ["AAPL", "MSFT"], lastPrices });
  const prices = new Map(
    [market.next(), market.next()].map(({ symbol, price }) => [symbol, price]),
  );
  assert.ok(Math.abs((prices.get("AAPL") ?? 0) - 250) < 5, `AAPL is ${prices.get("AAPL")}`);
  assert.ok(Math.abs((prices.get("MSFT") ?? 0) - 436.9) < 5, `MSFT is ${prices.get("MSFT")}`);
});

Deno.test("Market stays in range whatever the last price was", () => {
  const market = new Market({
    ...options,
    symbols: ["AAPL"],
    lastPrices: new Map([["AAPL", 1e9]]),
  });
  assert.ok(market.next().price < 1000);
});
