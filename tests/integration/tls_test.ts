import assert from "node:assert/strict";
import { ChatClient } from "../../src/client/chat_client.ts";
import { FeedClient } from "../../src/client/feed_client.ts";
import { Authority } from "../support/authority.ts";
import { insertPrices } from "../support/dashboard.ts";
import { testDatabase } from "../support/postgres.ts";
import { RunningProgram } from "../support/running_program.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

/** A `WebSocket` that trusts a further authority; a browser would be told by its operating system. */
function trusting(client: Deno.HttpClient) {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, { protocols, client });
    }
  };
}

test("A server with TLS_CERT and TLS_KEY serves pages, prices and chat on one port, encrypted", async () => {
  await using authority = await Authority.create();
  const { certPath, keyPath } = await authority.issue();
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 10 }]);
  await using server = await startServer({
    databaseUrl: database.url,
    env: { TLS_CERT: certPath, TLS_KEY: keyPath, FEED_MODE: "listen" },
  });
  const { port } = server;
  assert.ok(server.lines.includes(`Dashboard: https://127.0.0.1:${port}/`));
  using client = Deno.createHttpClient({ caCerts: [authority.pem] });
  const webSocket = trusting(client);
  const page = await fetch(`https://localhost:${port}/`, { client });
  assert.match(await page.text(), /<html/);
  const feed = new FeedClient({
    url: `wss://localhost:${port}/ws`,
    subscription: { symbols: "*" },
    webSocket,
  });
  const chat = new ChatClient({ url: `wss://localhost:${port}/chat`, webSocket });
  const said: string[] = [];
  chat.on("said", ({ messages }) => {
    for (const message of messages) if (message.type === "message") said.push(message.content);
  });
  chat.join("lobby", { username: "ada" });
  feed.start();
  chat.start();
  try {
    await waitFor("the price", () => feed.quote("A", "test")?.price === 10);
    await insertPrices(database.url, [{ symbol: "A", price: 11 }]);
    await waitFor("its change", () => feed.quote("A", "test")?.price === 11);
    await waitFor("the room", () => chat.rooms().every(({ state }) => state.phase === "joined"));
    const other = new ChatClient({ url: `wss://localhost:${port}/chat`, webSocket });
    other.join("lobby", { username: "bob" });
    other.start();
    other.say("lobby", "in confidence");
    await waitFor("what bob said", () => said.includes("in confidence"));
    other.stop();
  } finally {
    feed.stop();
    chat.stop();
  }
  await assert.rejects(
    fetch(`https://localhost:${port}/healthz`),
    (error) => error instanceof TypeError && /certificate/.test(String(error.cause)),
  );
  await assert.rejects(fetch(`http://localhost:${port}/healthz`));
  assert.equal(await server.stop(), 0);
});

test("deno task watch reads an encrypted feed when DENO_CERT names the authority", async () => {
  await using authority = await Authority.create();
  const { certPath, keyPath } = await authority.issue();
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "ENCRYPTED", price: 10 }]);
  await using server = await startServer({
    databaseUrl: database.url,
    env: { TLS_CERT: certPath, TLS_KEY: keyPath },
  });
  const url = `https://localhost:${server.port}/`;
  const command = [Deno.execPath(), "run", "-A", "main.ts", "watch", url];
  await using stranger = new RunningProgram("env", command);
  await using trusting = new RunningProgram("env", [`DENO_CERT=${authority.path}`, ...command]);
  await trusting.shows("ENCRYPTED", 30_000);
  await waitFor("the other to complain", () => /certificate/.test(stranger.errors), 30_000);
});

test("A browser is told to come back by TLS alone, except by a server on loopback", async () => {
  await using authority = await Authority.create();
  const { certPath, keyPath } = await authority.issue();
  await using database = await testDatabase();
  using client = Deno.createHttpClient({ caCerts: [authority.pem] });
  for (const [host, expected] of [["127.0.0.1", null], ["0.0.0.0", /^max-age=\d{7,}$/]] as const) {
    await using server = await startServer({
      databaseUrl: database.url,
      env: { TLS_CERT: certPath, TLS_KEY: keyPath, HOST: host },
    });
    const answer = await fetch(`https://127.0.0.1:${server.port}/healthz`, { client });
    await answer.body?.cancel();
    const header = answer.headers.get("strict-transport-security");
    if (expected === null) assert.equal(header, null);
    else assert.match(header ?? "", expected);
  }
});

test("A server whose certificate has expired does not start, and says so", async () => {
  await using authority = await Authority.create();
  const dayMs = 86_400_000;
  const { certPath, keyPath } = await authority.issue({
    fromMs: Date.now() - 9 * dayMs,
    toMs: Date.now() - dayMs,
  });
  await using database = await testDatabase();
  await assert.rejects(
    startServer({ databaseUrl: database.url, env: { TLS_CERT: certPath, TLS_KEY: keyPath } }),
    /ended with 2:\n.*Cannot use TLS_CERT: must be valid now, is expired since/s,
  );
});
