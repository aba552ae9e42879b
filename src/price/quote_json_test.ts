import assert from "node:assert/strict";
import { aQuote } from "../../tests/support/quotes.ts";
import { encodeQuotes, joinSome, quoteJson } from "./quote_json.ts";

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
