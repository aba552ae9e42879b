import assert from "node:assert/strict";
import { getJson, type JsonAnswer, upstreamText } from "./http_json.ts";

const SECRET = "s3cret key";

interface AskOptions {
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Lets the handler end what it kept open, so that the server can be shut down. */
  readonly release?: () => void;
}

/** Asks a server that answers with `handler`, as Quotewire asks an API. */
async function ask(handler: Deno.ServeHandler, options: AskOptions = {}): Promise<JsonAnswer> {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
  using _ = { [Symbol.dispose]: options.release ?? (() => {}) };
  return await getJson({
    url: new URL(`http://127.0.0.1:${server.addr.port}/query?key=${encodeURIComponent(SECRET)}`),
    secret: SECRET,
    deadlineMs: options.deadlineMs ?? 5000,
    signal: options.signal ?? new AbortController().signal,
  });
}

Deno.test("getJson() gives status and document", async () => {
  const { status, body } = await ask(() => Response.json({ a: 1 }));
  assert.equal(status, 200);
  assert.deepEqual(body, { a: 1 });
});

Deno.test("getJson() gives status and headers of an error answer", async () => {
  const { status, headers, body } = await ask(() =>
    new Response("no", { status: 429, headers: { "x-ratelimit-reset": "7" } })
  );
  assert.equal(status, 429);
  assert.equal(headers.get("x-ratelimit-reset"), "7");
  assert.equal(body, undefined);
});

Deno.test("getJson() does not follow a redirect", async () => {
  const { status } = await ask(() => Response.redirect("http://127.0.0.1:9/elsewhere"));
  assert.equal(status, 302);
});

Deno.test("getJson() rejects an answer that is not JSON", async () => {
  await assert.rejects(ask(() => new Response("<html>")), /Cannot ask 127\.0\.0\.1.*JSON/);
});

Deno.test("getJson() rejects an answer that ends early", async () => {
  const cut = () => new Response('{"a": ', { headers: { "content-type": "application/json" } });
  await assert.rejects(ask(cut), /Cannot ask 127\.0\.0\.1/);
});

Deno.test("getJson() rejects an answer that is too large", async () => {
  await assert.rejects(ask(() => Response.json("x".repeat(70_000))), /65536 bytes/);
});

Deno.test("getJson() gives up at its deadline when no answer comes", async () => {
  const gone = Promise.withResolvers<Response>();
  const release = () => gone.resolve(new Response());
  await assert.rejects(ask(() => gone.promise, { deadlineMs: 50, release }), /within 50 ms/);
});

Deno.test("getJson() gives up at its deadline when the answer stops half-way", async () => {
  let source: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      source = controller;
      controller.enqueue(new TextEncoder().encode('{"a":'));
    },
    cancel() {
      source = undefined;
    },
  });
  const release = () => source?.close();
  await assert.rejects(ask(() => new Response(body), { deadlineMs: 50, release }), /within 50 ms/);
});

Deno.test("getJson() stops when its signal aborts", async () => {
  const controller = new AbortController();
  const gone = Promise.withResolvers<Response>();
  const release = () => gone.resolve(new Response());
  const asked = ask(() => {
    controller.abort();
    return gone.promise;
  }, { signal: controller.signal, release });
  await assert.rejects(asked, /the aggregator stops/);
});

Deno.test("getJson() keeps the key out of a network error", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const asked = getJson({
    url: new URL(`http://127.0.0.1:${port}/query?key=${encodeURIComponent(SECRET)}`),
    secret: SECRET,
    deadlineMs: 5000,
    signal: new AbortController().signal,
  });
  await assert.rejects(asked, (error: Error) => {
    assert.match(error.message, /refused/i);
    assert.doesNotMatch(Deno.inspect(error), /s3cret/);
    return true;
  });
});

Deno.test("upstreamText() leaves out secret, control characters and all beyond 200 characters", () => {
  assert.equal(
    upstreamText("your key s3cret key\r\nis\x1b[31m bad", SECRET),
    "your key *** is [31m bad",
  );
  assert.equal(upstreamText("x".repeat(300), SECRET).length, 201);
});
