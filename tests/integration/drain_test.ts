import assert from "node:assert/strict";
import { withDeadline } from "../../src/lifecycle.ts";
import { CHAT_PROTOCOL_JSON } from "../../src/session/chat_protocol.ts";
import { PRICE_PROTOCOL_DEFLATE, PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import { insertPrices } from "../support/dashboard.ts";
import { connect } from "../support/dialogue.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { handshake } from "../support/handshake.ts";
import { openSocket } from "../support/plain_socket.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

/** A tenth of it passes before the first client is closed: time for a test to look around. */
const LONG_DEADLINE_MS = 600_000;
const EXIT_SIGTERM = 143;

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

test("A server that drains serves whom it has, lets nobody in, and ends at once on a second signal", async () => {
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen", SHUTDOWN_DEADLINE_MS: String(LONG_DEADLINE_MS) },
  });
  await using client = await connect(`${server.socketUrl}/ws`);
  client.send({ type: "subscribe", id: 1, symbols: "*" });
  await client.nextOf("snapshot");
  Deno.kill(server.pid, "SIGTERM");
  const closing = await client.nextOf("closing");
  assert.equal(closing.reason, "server going away");
  const ready = await fetch(`${server.url}/readyz`);
  assert.equal(ready.status, 503);
  assert.equal((await ready.json()).status, "draining");
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  const refused = await handshake(server.port, "/ws");
  assert.equal(refused.status, 503);
  assert.match(refused.body, /the server is going away/);
  await insertPrices(database.url, [{ symbol: "A", price: 7 }]);
  await client.nextOf("update");
  assert.equal(client.closed, undefined);
  const ended = server.stop();
  const again = setInterval(() => signal(server.pid, "SIGTERM"), 200);
  try {
    assert.equal(await ended, EXIT_SIGTERM);
  } finally {
    clearInterval(again);
  }
});

test("SIGTERM closes the clients of every endpoint with 1001, and tells those how long to wait whose protocol can", async () => {
  await using database = await testDatabase();
  await using server = await startServer({ databaseUrl: database.url });
  const told = await Promise.all(
    ([
      ["/ws", PRICE_PROTOCOL_JSON],
      ["/", PRICE_PROTOCOL_DEFLATE],
      ["/chat/desk", CHAT_PROTOCOL_JSON],
    ] as const).map(([path, protocol]) => connect(`${server.socketUrl}${path}`, protocol)),
  );
  const untold = await Promise.all(
    ["/", "/ws", "/echo", "/events", "/chat/desk"].map((path) =>
      openSocket(`${server.socketUrl}${path}`)
    ),
  );
  assert.equal(await server.stop(), 0);
  for (const client of told) {
    const { reconnect_after_ms: delayMs } = await client.nextOf("closing");
    assert.ok(typeof delayMs === "number" && delayMs >= 0 && delayMs <= 3000);
  }
  for (const client of [...told, ...untold]) {
    await waitFor("the close", () => client.closed !== undefined);
    assert.equal(client.closed?.code, 1001);
  }
  for (const { received } of untold) {
    assert.ok(!received.some((frame) => String(frame).includes("going away")));
  }
});

test("SIGTERM ends in time with exit code 0 although Postgres does not answer", async () => {
  await using database = await testDatabase();
  await using proxy = await FaultProxy.start(database.url);
  await using server = await startServer({
    databaseUrl: proxy.url,
    env: { SHUTDOWN_DEADLINE_MS: "3000", POLL_INTERVAL_MS: "100" },
  });
  await using client = await connect(`${server.socketUrl}/ws`);
  await client.nextOf("hello");
  proxy.mute();
  // Without a deadline it would wait for ever.
  assert.equal(await withDeadline(server.stop(), 30_000, "stop the server"), 0);
});

/** Harmless when the process has just ended. */
function signal(processId: number, name: Deno.Signal): void {
  try {
    Deno.kill(processId, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
