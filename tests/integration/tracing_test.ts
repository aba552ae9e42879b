import assert from "node:assert/strict";
import { authStage, DESK_TOKEN } from "../support/auth_stage.ts";
import { insertPrices } from "../support/dashboard.ts";
import { handshake } from "../support/handshake.ts";
import { openSocket } from "../support/plain_socket.ts";
import { testDatabase } from "../support/postgres.ts";
import { RunningProgram } from "../support/running_program.ts";
import { processTest } from "../support/server_stage.ts";
import { type ReceivedSpan, TraceReceiver } from "../support/trace_receiver.ts";
import { waitFor } from "../support/wait_for.ts";

const SECRET = "secret-in-a-query-0123456789";

function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan[] {
  return spans.filter((span) => span.name === name);
}

processTest(
  "OTEL_DENO=true sends a span of each read, with what it publishes, and of each request, without a secret",
  async () => {
    await using receiver = new TraceReceiver();
    await using stage = await authStage(receiver.env);
    const { server, ask, database } = stage;
    await insertPrices(database.url, [{ symbol: "A", price: 5 }]);
    await waitFor(
      "the price",
      async () =>
        (await (await ask("/api/prices?symbols=A", DESK_TOKEN)).text()).includes('"price":5'),
    );
    const { ticket } = await (await ask("/api/ticket", DESK_TOKEN, "POST")).json();
    const socket = await openSocket(`${server.socketUrl}/echo?ticket=${ticket}`);
    await socket.close();
    for (const path of ["/ws", "/api/stats", "/nowhere"]) {
      await handshake(server.port, `${path}?ticket=${SECRET}&access_token=${SECRET}`);
    }
    await (await ask(`/api/stats?key=${SECRET}`)).body?.cancel();
    assert.equal(await server.stop(), 0);

    const spans = await waitFor("the spans", () => {
      const names = receiver.spans.map(({ name }) => name);
      return names.includes("hub publish") && names.includes("GET /echo") && receiver.spans;
    });
    const reads = new Map(named(spans, "feed read").map((span) => [span.spanId, span]));
    assert.ok(reads.size > 0);
    for (const name of ["hub begin", "hub publish"]) {
      const [publish] = named(spans, name);
      const read = reads.get(publish?.parentSpanId ?? "");
      assert.equal(read?.traceId, publish?.traceId, name);
      assert.deepEqual(
        read?.attributes.get("quotewire.rows"),
        publish?.attributes.get("quotewire.quotes"),
      );
    }
    const [upgrade] = named(spans, "GET /echo");
    assert.deepEqual(upgrade?.attributes.get("http.response.status_code"), ["101"]);
    assert.deepEqual(upgrade?.attributes.get("http.route"), ["/echo"]);
    assert.ok(named(spans, "POST /api/ticket").length > 0);
    assert.ok(named(spans, "GET /api/stats").length > 1);
    const [unknown] = named(spans, "GET");
    assert.deepEqual(unknown?.attributes.get("url.path"), ["/nowhere"]);
    for (const span of spans) {
      assert.deepEqual(span.attributes.get("url.query")?.join("") ?? "", "", span.name);
      assert.doesNotMatch(span.attributes.get("url.full")?.join(" ") ?? "", /\?/);
    }
    for (const secret of [SECRET, DESK_TOKEN, ticket]) {
      assert.ok(!receiver.text.includes(secret), `${secret} was sent`);
    }
  },
);

processTest(
  "OTEL_DENO=true sends a span of what the aggregator asks of others, without its keys",
  async () => {
    await using receiver = new TraceReceiver();
    await using database = await testDatabase();
    const asked: string[] = [];
    const answer = { "Global Quote": { "01. symbol": "AAPL", "05. price": "106.79" } };
    await using upstream = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        asked.push(request.url);
        return Response.json(answer);
      },
    );
    await using program = RunningProgram.mainIn({
      ...receiver.env,
      DATABASE_URL: database.url,
      SYMBOLS: "AAPL",
      AGGREGATOR_SOURCES: "alpha_vantage",
      ALPHA_VANTAGE_API_KEY: SECRET,
      ALPHA_VANTAGE_URL: `http://127.0.0.1:${upstream.addr.port}`,
      ALPHA_VANTAGE_REQUESTS_PER_MINUTE: "6000",
    }, "aggregator");
    await waitFor("a question with its key", () => asked.some((url) => url.includes(SECRET)));
    program.kill("SIGTERM");
    assert.equal(await program.exit(30_000), 0);
    const [span] = await waitFor("its span", () => {
      const found = named(receiver.spans, "GET");
      return found.length > 0 && found;
    });
    const url = `http://127.0.0.1:${upstream.addr.port}/query`;
    assert.deepEqual(span?.attributes.get("url.full"), [url]);
    assert.ok(!receiver.text.includes(SECRET));
  },
);
