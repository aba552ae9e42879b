import assert from "node:assert/strict";
import { Finnhub } from "./finnhub.ts";
import type { QuoteAnswer } from "./quote_api.ts";

/** Asks a server that answers as Finnhub does, and tells what it was asked. */
async function ask(
  answer: unknown,
  init: ResponseInit = {},
): Promise<QuoteAnswer & { asked: string; token: string | null }> {
  let asked = "";
  let token: string | null = null;
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      const { pathname, search } = new URL(request.url);
      asked = pathname + search;
      token = request.headers.get("x-finnhub-token");
      return Response.json(answer, init);
    },
  );
  const api = new Finnhub({ apiKey: "k", baseUrl: `http://127.0.0.1:${server.addr.port}` });
  return { ...await api.ask("^GSPC", new AbortController().signal), asked, token };
}

const quote = {
  c: 261.74,
  d: 1.2,
  dp: 0.46,
  h: 263.31,
  l: 260.68,
  o: 261.07,
  pc: 259.45,
  t: 1_582_641_000,
};

Deno.test("Finnhub.ask() keeps the key out of the address", async () => {
  const { asked, token } = await ask(quote);
  assert.equal(asked, "/api/v1/quote?symbol=%5EGSPC");
  assert.equal(token, "k");
});

Deno.test("Finnhub.ask() gives price and time", async () => {
  const { asked: _, token: __, ...answer } = await ask({ ...quote, d: null, dp: null });
  assert.deepEqual(answer, {
    kind: "quote",
    price: 261.74,
    timestamp: 1_582_641_000,
    version: "1582641000",
  });
});

Deno.test("Finnhub.ask() takes zeros for an unknown symbol", async () => {
  const zeros = { c: 0, d: null, dp: null, h: 0, l: 0, o: 0, pc: 0, t: 0 };
  assert.equal((await ask(zeros)).kind, "unknown");
});

Deno.test("Finnhub.ask() takes 403 for a symbol outside the plan", async () => {
  const answer = await ask({ error: "You don't have access to this resource." }, { status: 403 });
  assert.equal(answer.kind, "unknown");
});

Deno.test("Finnhub.ask() takes 401 for a refused key", async () => {
  assert.equal((await ask({ error: "Invalid API key" }, { status: 401 })).kind, "refused");
});

Deno.test("Finnhub.ask() tells until when it is limited", async () => {
  const resetSeconds = Math.ceil(Date.now() / 1000) + 30;
  const answer = await ask({ error: "API limit reached." }, {
    status: 429,
    headers: { "X-Ratelimit-Reset": `${resetSeconds}` },
  });
  assert.ok(answer.kind === "limited" && answer.waitMs !== undefined);
  assert.ok(answer.waitMs > 25_000 && answer.waitMs <= 31_000, `${answer.waitMs}`);
});

Deno.test("Finnhub.ask() is limited without a time when the header is missing or absurd", async () => {
  for (const headers of [{}, { "X-Ratelimit-Reset": "soon" }]) {
    const answer = await ask({}, { status: 429, headers });
    assert.ok(answer.kind === "limited" && answer.waitMs === undefined);
  }
});

Deno.test("Finnhub.ask() rejects what may pass by waiting", async () => {
  await assert.rejects(ask({}, { status: 502 }), /must answer 200, sent 502/);
  await assert.rejects(ask({ ...quote, c: "261.74" }), /must be a quote/);
  await assert.rejects(ask([]), /must be a quote/);
});

Deno.test("Finnhub.ask() rejects a time that lies ahead, such as one in milliseconds", async () => {
  await assert.rejects(ask({ ...quote, t: 1_582_641_000_000 }), /time must not lie ahead/);
});
