import assert from "node:assert/strict";
import { AlphaVantage } from "./alpha_vantage.ts";
import type { QuoteAnswer } from "./quote_api.ts";

const KEY = "DEMO123KEY";

/** Asks a server that answers as Alpha Vantage does, and tells what it was asked. */
async function ask(answer: unknown, status = 200): Promise<QuoteAnswer & { asked: string }> {
  let asked = "";
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      const { pathname, search } = new URL(request.url);
      asked = pathname + search;
      return Response.json(answer, { status });
    },
  );
  const api = new AlphaVantage({ apiKey: KEY, baseUrl: `http://127.0.0.1:${server.addr.port}` });
  return { ...await api.ask("BRK.B", new AbortController().signal), asked };
}

function quote(price: string, day: string): unknown {
  return {
    "Global Quote": {
      "01. symbol": "BRK.B",
      "02. open": "107.8600",
      "03. high": "107.9400",
      "04. low": "106.2950",
      "05. price": price,
      "06. volume": "13085190",
      "07. latest trading day": day,
      "08. previous close": "107.7100",
      "09. change": "-0.9200",
      "10. change percent": "-0.8541%",
    },
  };
}

Deno.test("AlphaVantage.ask() asks for one global quote", async () => {
  const { asked } = await ask(quote("106.7900", "2024-02-20"));
  assert.equal(asked, `/query?function=GLOBAL_QUOTE&symbol=BRK.B&apikey=${KEY}`);
});

Deno.test("AlphaVantage.ask() dates the price of a past day at the end of its session", async () => {
  const { asked: _, ...answer } = await ask(quote("106.7900", "2024-02-20"));
  assert.deepEqual(answer, {
    kind: "quote",
    price: 106.79,
    timestamp: Date.UTC(2024, 1, 20, 21) / 1000,
    version: "2024-02-20",
  });
});

Deno.test("AlphaVantage.ask() never dates a price ahead of now", async () => {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const answer = await ask(quote("1.0", tomorrow));
  assert.ok(answer.kind === "quote" && Math.abs(answer.timestamp - Date.now() / 1000) < 10);
});

Deno.test("AlphaVantage.ask() takes an empty quote for an unknown symbol", async () => {
  assert.equal((await ask({ "Global Quote": {} })).kind, "unknown");
});

Deno.test("AlphaVantage.ask() takes an invalid call for an unknown symbol", async () => {
  const text = "Invalid API call. Please retry or visit the documentation for GLOBAL_QUOTE.";
  assert.equal((await ask({ "Error Message": text })).kind, "unknown");
});

const limits: Record<string, string> = {
  Note: "Our standard API call frequency is 5 calls per minute and 500 calls per day.",
  Information:
    `We have detected your API key as ${KEY} and our standard API rate limit is 25 requests per day.`,
};
for (const [field, text] of Object.entries(limits)) {
  Deno.test(`AlphaVantage.ask() takes a ${field} about the rate for a limit`, async () => {
    const answer = await ask({ [field]: text });
    assert.equal(answer.kind, "limited");
    assert.ok(answer.kind === "limited" && !answer.reason.includes(KEY));
  });
}

Deno.test("AlphaVantage.ask() recognises a refused key", async () => {
  const text = "the parameter apikey is invalid or missing. Please claim your free API key.";
  assert.equal((await ask({ "Error Message": text })).kind, "refused");
  assert.equal(
    (await ask({ Information: "The demo API key is for demo purposes only." })).kind,
    "refused",
  );
  assert.equal((await ask({}, 403)).kind, "refused");
});

Deno.test("AlphaVantage.ask() takes status 429 for a limit", async () => {
  assert.equal((await ask({}, 429)).kind, "limited");
});

Deno.test("AlphaVantage.ask() rejects what may pass by waiting", async () => {
  await assert.rejects(ask({}, 503), /must answer 200, sent 503/);
  await assert.rejects(ask({ surprise: true }), /must be a GLOBAL_QUOTE document/);
  await assert.rejects(ask(quote("abc", "2024-02-20")), /must be a GLOBAL_QUOTE document/);
  await assert.rejects(ask(quote("0.0000", "2024-02-20")), /must be a GLOBAL_QUOTE document/);
  await assert.rejects(ask(quote("1.0", "yesterday")), /must be a GLOBAL_QUOTE document/);
});
