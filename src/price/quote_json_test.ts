import assert from "node:assert/strict";
import { aQuote } from "../../tests/support/quotes.ts";
import { encodeQuotes, joinSome, priceText, quoteJson } from "./quote_json.ts";

Deno.test("quoteJson() is what JSON.stringify makes of a quote, whatever its values", () => {
  const quotes = [
    aQuote(),
    aQuote({ symbol: 'q"\\\u2028🦕', source: "</script>", price: 1e21, timestamp: -5 }),
    aQuote({ price: 0.1 + 0.2, timestamp: 2 ** 53 - 1, timeMs: 1_795_233_361_123.5 }),
    aQuote({ price: 5e-324 }),
  ];
  for (const quote of quotes) {
    const { symbol, source, price, timestamp, timeMs } = quote;
    const wire = { symbol, source, price, timestamp, time: timeMs };
    assert.equal(quoteJson(quote), JSON.stringify(wire));
  }
});

Deno.test("joinSome() puts together what was asked for", () => {
  const quotes = ["A", "B,", "C}"].map((symbol, index) => aQuote({ symbol, price: index }));
  const encoded = encodeQuotes(quotes);
  assert.equal(encoded.joined, quotes.map(quoteJson).join(","));
  for (const positions of [[0], [1], [2], [0, 2], [0, 1, 2], []]) {
    const expected = positions.map((position) => quoteJson(quotes[position] ?? aQuote()));
    assert.equal(joinSome(encoded, positions), expected.join(","));
  }
});

Deno.test("encodeQuotes() writes each quote's own moment, also among others that share one", () => {
  const moments = [[7, 1], [7, 1], [7, 2], [8, 2], [8, 2], [7, 1]] as const;
  const quotes = moments.map(([timestamp, timeMs], id) => aQuote({ timestamp, timeMs, id }));
  assert.equal(encodeQuotes(quotes).joined, quotes.map(quoteJson).join(","));
  assert.deepEqual(encodeQuotes([]), { joined: "", ends: new Uint32Array(0) });
});

Deno.test("priceText() is what String makes of a price, of cents and of anything else", () => {
  const odd = [0.1 + 0.2, 1.005, 0.001, 1e-7, 5e-324, 1e21, Number.MAX_VALUE, 2 ** 53, -1.25, 0];
  const edges = [1e9 - 0.01, 1e9, 1e9 + 0.01, 0.01, 0.1, 0.99, 1, 9.9, 10.05, 100.5, 1 / 3];
  for (const price of [...odd, ...edges]) assert.equal(priceText(price), String(price));
  for (let cents = 0; cents <= 20_000; cents += 1) {
    assert.equal(priceText(cents / 100), String(cents / 100));
    const large = Math.floor(Math.random() * 2e11) / 100;
    assert.equal(priceText(large), String(large));
    const any = Math.random() * 10 ** (cents % 12);
    assert.equal(priceText(any), String(any));
  }
});
