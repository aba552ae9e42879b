import assert from "node:assert/strict";
import fc from "fast-check";
import { AlphaVantage } from "../../src/aggregator/alpha_vantage.ts";
import { Finnhub } from "../../src/aggregator/finnhub.ts";
import type { QuoteAnswer, QuoteApi } from "../../src/aggregator/quote_api.ts";
import { tickFault } from "../../src/aggregator/tick.ts";

const API_KEY = "KEY-0123456789";
const TEXT_CHARACTERS_MAX = 400;
const CLOCK_SKEW_SECONDS_MAX = 3600;

const aText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.constantFrom(
    `Thank you. Our standard rate limit is 25 requests per day. Your API key is ${API_KEY}`,
    `the parameter apikey is invalid or missing: ${API_KEY}\r\n\x1b[31m`,
    "x".repeat(1000),
  ),
);
const aPrice = fc.oneof(
  fc.double().map(String),
  fc.integer().map(String),
  fc.constantFrom("0", "-1", "1e3", "0x10", " 1", "9".repeat(400), "0.0000000001", "1."),
  fc.jsonValue(),
);
const aDay = fc.oneof(
  fc.date({ noInvalidDate: true }).map((day) => day.toISOString().slice(0, 10)),
  fc.constantFrom("2026-02-31", "0000-01-01", "9999-12-31", "2026-13-01", "2026-11-20 "),
  fc.jsonValue(),
);
const alphaVantageAnswer = fc.oneof(
  fc.record({
    "Global Quote": fc.record({
      "01. symbol": aText,
      "05. price": aPrice,
      "07. latest trading day": aDay,
    }, { requiredKeys: [], noNullPrototype: true }),
  }),
  fc.dictionary(fc.constantFrom("Note", "Information", "Error Message", "Global Quote"), aText),
  fc.jsonValue(),
).map((value) => JSON.stringify(value));
const aNumber = fc.oneof(fc.double(), fc.maxSafeInteger(), fc.constantFrom(0, -1, 1e308, null));
const aPriceNow = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const aTimeAround = fc.integer({ min: 0, max: 3_600_000_000 });
const finnhubAnswer = fc.oneof(
  { arbitrary: fc.record({ c: aPriceNow, t: aTimeAround }), weight: 2 },
  fc.record({ c: aNumber, t: fc.oneof(aNumber, aTimeAround) }, { requiredKeys: [] }),
  fc.record({ error: aText }),
  fc.jsonValue(),
).map((value) => JSON.stringify(value));

interface Exchange {
  readonly status: number;
  readonly body: string;
  readonly reset: string;
}

/** Answers, mostly of the kind that the API gives. */
function exchanges(answer: fc.Arbitrary<string>): fc.Arbitrary<Exchange> {
  return fc.record({
    status: fc.oneof(fc.constant(200), fc.constantFrom(200, 301, 401, 403, 404, 429, 500, 503)),
    body: fc.oneof(
      { arbitrary: answer, weight: 4 },
      fc.string({ unit: "binary" }),
      fc.constant("[".repeat(60_000)),
      fc.constant(`"${"x".repeat(70_000)}"`),
    ),
    reset: fc.oneof(
      fc.constantFrom("", "1e400", "-1", "0", "99999999999", "soon"),
      fc.nat().map(String),
    ),
  });
}

/** Asks an API once for each drawn exchange, over a real connection. */
async function holds(
  arbitrary: fc.Arbitrary<Exchange>,
  open: (baseUrl: string) => QuoteApi,
): Promise<ReadonlySet<string>> {
  let next: Exchange = { status: 200, body: "", reset: "" };
  await using upstream = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    const { status, body, reset } = next;
    return new Response(body, {
      status,
      headers: { "x-ratelimit-reset": reset, "location": "http://127.0.0.1:1/elsewhere" },
    });
  });
  const api = open(`http://127.0.0.1:${upstream.addr.port}`);
  const met = new Set<string>();
  await fc.assert(fc.asyncProperty(arbitrary, async (exchange) => {
    next = exchange;
    let answer: QuoteAnswer;
    try {
      answer = await api.ask("A", new AbortController().signal);
    } catch (error) {
      assert.ok(error instanceof Error);
      met.add("error");
      return checkText(error.message);
    }
    met.add(answer.kind);
    if (answer.kind !== "quote") checkText(answer.reason);
    else checkQuote(answer);
    if (answer.kind === "limited") assert.ok((answer.waitMs ?? 0) >= 0);
  }));
  return met;
}

/** What may become a row, and cannot hide the prices of tomorrow. */
function checkQuote({ price, timestamp }: Extract<QuoteAnswer, { kind: "quote" }>): void {
  assert.equal(tickFault({ symbol: "A", source: "x", price, timestamp }), undefined);
  assert.ok(timestamp <= Date.now() / 1000 + CLOCK_SKEW_SECONDS_MAX);
}

/** What may be logged: short, on one line, without the key. */
function checkText(text: string): void {
  assert.ok(text.length <= TEXT_CHARACTERS_MAX, `${text.length} characters`);
  assert.ok(!text.includes(API_KEY), text);
  assert.doesNotMatch(text, /\p{Cc}/u);
}

Deno.test("AlphaVantage.ask() gives a price that the table takes, or says why not, whatever is answered", async () => {
  const met = await holds(
    exchanges(alphaVantageAnswer),
    (baseUrl) => new AlphaVantage({ apiKey: API_KEY, baseUrl }),
  );
  assert.ok(met.has("error") && met.size > 2, [...met].join());
});

Deno.test("Finnhub.ask() gives a price that the table takes, or says why not, whatever is answered", async () => {
  const met = await holds(
    exchanges(finnhubAnswer),
    (baseUrl) => new Finnhub({ apiKey: API_KEY, baseUrl }),
  );
  assert.ok(met.has("error") && met.size > 2, [...met].join());
});
