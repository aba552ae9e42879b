import assert from "node:assert/strict";
import fc from "fast-check";
import { Hono } from "hono";
import { EVERYTHING } from "../../src/auth/grant.ts";
import { readTopics } from "../../src/channels/topics.ts";
import { readSocketUrl } from "../../src/commands/socket_url.ts";
import { isOriginAllowed } from "../../src/http/origin.ts";
import type { Guarded } from "../../src/http/api_guard.ts";
import { OpenAnswer } from "../../src/http/open_answers.ts";
import { WorkShare } from "../../src/http/work_share.ts";
import { candlesApi } from "../../src/http/candles_api.ts";
import type { CandleQuestion } from "../../src/candles/desk_messages.ts";
import { CANDLES_MAX, INTERVAL_NAMES } from "../../src/price/candle.ts";
import { pricesApi, type PricesApiContext } from "../../src/http/prices_api.ts";
import { Book } from "../../src/price/book.ts";
import { aQuote } from "../support/quotes.ts";

const aText = fc.string({ unit: "binary", maxLength: 50 });

/** An API as a server without authentication has it. */
function open(api: Hono<Guarded>): Hono<Guarded> {
  const app = new Hono<Guarded>();
  app.use(async (c, next) => {
    c.set("grant", EVERYTHING);
    c.set("answer", new OpenAnswer(() => {}));
    await next();
  });
  return app.route("/", api);
}

function openApi(context: Omit<PricesApiContext, "workShare">): Hono<Guarded> {
  return open(pricesApi({ ...context, workShare: new WorkShare() }));
}

Deno.test("candlesApi() asks for nothing beyond its bounds, whatever the query", async () => {
  const asked: CandleQuestion[] = [];
  const api = open(candlesApi({
    ask(question) {
      asked.push(question);
      return Promise.resolve({ kind: "answer", text: "{}" });
    },
  }, new WorkShare()));
  const numbers = fc.oneof(
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
    fc.double().map(String),
    fc.constantFrom("0", "1", "1000", "1001", " 7", "1e3", "0x10", "-0", "١"),
  );
  const queries = fc.dictionary(
    fc.constantFrom("symbol", "source", "interval", "before", "from", "limit", "__proto__"),
    fc.oneof(aText, fc.constantFrom("A", "\0", "1m", "__proto__"), numbers),
  );
  await fc.assert(fc.asyncProperty(
    queries,
    fc.option(fc.constantFrom(...INTERVAL_NAMES), { nil: undefined }),
    async (parameters, interval) => {
      asked.length = 0;
      const all = { symbol: "A", ...parameters, ...interval && { interval } };
      const { status } = await api.request(`/candles?${new URLSearchParams(all)}`);
      if (status === 400) return assert.equal(asked.length, 0);
      assert.equal(status, 200);
      const [question] = asked;
      assert.ok(question?.kind === "candles");
      const { symbol, source = "x", before = 0, from = 0, limit } = question.query;
      for (const name of [symbol, source]) {
        assert.ok(name.length >= 1 && name.length <= 32 && !name.includes("\0"));
      }
      for (const figure of [before, from, limit]) {
        assert.ok(Number.isSafeInteger(figure) && figure >= 0);
      }
      assert.ok(limit >= 1 && limit <= CANDLES_MAX);
    },
  ));
});

Deno.test("pricesApi() answers any query with what was asked for, or with 400", async () => {
  const book = new Book();
  book.apply([1, 2, 3].map((id) => aQuote({ id, price: id })), 1);
  const feed = () => ({ status: "live", mode: "poll", ageMs: 0 } as const);
  const api = openApi({ view: { book, epoch: "e", seq: 1, feed }, stats: () => ({}) });
  const queries = fc.tuple(
    fc.constantFrom("/prices", "/history"),
    fc.dictionary(
      fc.constantFrom("symbol", "symbols", "source", "sources", "limit", "__proto__"),
      fc.oneof(aText, fc.constantFrom("A", "x", "A,B", ","), fc.integer().map(String)),
    ),
  );
  await fc.assert(fc.asyncProperty(queries, async ([path, parameters]) => {
    const response = await api.request(`${path}?${new URLSearchParams(parameters)}`);
    const body = await response.json();
    if (response.status === 400) return assert.equal(body.error, "invalid_query");
    assert.equal(response.status, 200);
    const limit = Number(parameters.limit ?? 10);
    for (const { prices } of body.series ?? []) assert.ok(prices.length <= limit);
  }));
});

Deno.test("pricesApi() refuses a list in few words, however much of it is wrong", async () => {
  // A URL of 60,000 commas got 3.6 MB back: 25 clients that did not read held 450 MB.
  const feed = () => ({ status: "live", mode: "poll", ageMs: 0 } as const);
  const view = { book: new Book(), epoch: "e", seq: 0, feed };
  const api = openApi({ view, stats: () => ({}) });
  for (const list of [",".repeat(60_000), new Array(2000).fill("x".repeat(33)).join(",")]) {
    for (const name of ["symbols", "sources"]) {
      const response = await api.request(`/prices?${name}=${list}`);
      assert.equal(response.status, 400);
      assert.ok((await response.text()).length < 600);
    }
  }
});

Deno.test("pricesApi() outlives a query string that is none", async () => {
  const view = {
    book: new Book(),
    epoch: "e",
    seq: 0,
    feed: () => ({ status: "live", mode: "poll", ageMs: 0 } as const),
  };
  const api = openApi({ view, stats: () => ({}) });
  const strings = fc.oneof(
    aText,
    fc.array(fc.constantFrom("%", "%ff", "&", "=", "symbol", "limit=", "+", "#", "%00")).map((
      parts,
    ) => parts.join("")),
  );
  await fc.assert(fc.asyncProperty(strings, async (query) => {
    const { status } = await api.request(new URL(`http://localhost/history?${query}`));
    assert.ok([200, 400].includes(status));
  }));
});

Deno.test("isOriginAllowed() lets in nobody but the server's own pages and those that are listed", () => {
  const hosts = fc.constantFrom("desk.example", "desk.example:8080", "evil.example", "localhost");
  const origins = fc.oneof(
    aText,
    fc.webUrl(),
    fc.constantFrom("null", "file://", "javascript:1", "http://desk.example@evil.example"),
    hosts.map((host) => `https://${host}`),
    hosts.map((host) => `https://desk.example.${host}`),
  );
  fc.assert(fc.property(origins, hosts, fc.boolean(), (origin, host, tls) => {
    const policy = { allowedOrigins: ["https://listed.example"], loopback: false, tls };
    if (!isOriginAllowed(origin, host, policy)) return;
    const { host: ofOrigin, protocol } = new URL(origin);
    assert.ok(origin === "https://listed.example" || ofOrigin === host, `${origin} at ${host}`);
    assert.match(protocol, /^https?:$/);
  }));
});

Deno.test("readTopics() takes topics that exist, and shows the beginning of what does not", () => {
  fc.assert(fc.property(fc.array(fc.oneof(aText, fc.constantFrom("random", "prices"))), (words) => {
    const choice = readTopics(new URLSearchParams(words.map((word) => ["topics", word])));
    if (choice.ok) assert.ok(choice.topics.size >= 1 && choice.topics.size <= 3);
    else assert.match(choice.fault, /^topics must be some of /);
  }));
});

Deno.test("readSocketUrl() gives the URL of a WebSocket, or nothing", () => {
  fc.assert(fc.property(fc.oneof(aText, fc.webUrl()), (text) => {
    const url = readSocketUrl(text, "/ws");
    if (url !== undefined) assert.match(url.protocol, /^wss?:$/);
  }));
});
