import assert from "node:assert/strict";
import { PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import { testDatabase } from "../support/postgres.ts";
import { footprint } from "../support/footprint.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { RoundWriter } from "../support/round_writer.ts";
import { StalledClient } from "../support/stalled_client.ts";
import { waitFor } from "../support/wait_for.ts";

const CLIENTS = 20;
const WAVES = 2;
const CLIENTS_PER_WAVE = 8;
const ROUNDS_PER_SAMPLE = 5;
/** Were everything kept that 20 clients do not read, these would make it 200 MB more each. */
const SAMPLES = 4;
/** Mostly garbage of heaps that are busier now; 20 clients with 64 MiB each instead of 64 KiB cost 1.9 GB. */
const CROWD_BYTES_MAX = 700_000_000;
/** Every worker has counted what it delivered after so long. */
const COUNTED_MS = 2500;
/** For the garbage of three JavaScript heaps, which comes and goes; what is watched for is twice as much. */
const NOISE_BYTES = 120_000_000;

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

async function stats(server: TestServer): Promise<Record<string, number>> {
  return await (await fetch(`${server.url}/api/stats`)).json();
}

/** Opens clients that ask for everything and then read nothing. */
function openCrowd(server: TestServer, count: number): Promise<StalledClient[]> {
  return Promise.all(Array.from({ length: count }, async () => {
    const client = await StalledClient.open(server.port, PRICE_PROTOCOL_JSON);
    await client.send({ type: "subscribe", id: 1, symbols: "*" });
    return client;
  }));
}

/** The most memory that the server has while more is written. */
async function sample(server: TestServer, writer: RoundWriter): Promise<number> {
  let most = 0;
  for (let count = 0; count < SAMPLES; count += 1) {
    await writer.write(ROUNDS_PER_SAMPLE);
    most = Math.max(most, footprint(server.pid).residentBytes);
  }
  return most;
}

test("A crowd that never reads holds no more memory, however much there would be to send", async () => {
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen", SEND_BUFFER_BYTES_MAX: "65536", SLOW_CLIENT_DEADLINE_MS: "600000" },
  });
  await using writer = new RoundWriter(database.url);
  const alone = await sample(server, writer);
  const crowd = await openCrowd(server, CLIENTS);
  await waitFor("nobody to take anything any more", async () => {
    const before = await stats(server);
    let after = before;
    while (Number(after.uptime_ms) < Number(before.uptime_ms) + COUNTED_MS) {
      await writer.write(ROUNDS_PER_SAMPLE);
      after = await stats(server);
    }
    return after.updates_delivered_total === before.updates_delivered_total;
  }, 60_000);
  const [first, second] = [await sample(server, writer), await sample(server, writer)];
  assert.ok(first - alone < CROWD_BYTES_MAX, `from ${alone} to ${first} bytes`);
  assert.ok(second - first < NOISE_BYTES, `from ${first} to ${second} bytes`);
  assert.equal((await stats(server)).active_clients, CLIENTS);
  for (const client of crowd) client[Symbol.dispose]();
});

test("Crowds that never read are dropped, and leave neither memory nor descriptors behind", async () => {
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen", SEND_BUFFER_BYTES_MAX: "65536", SLOW_CLIENT_DEADLINE_MS: "1000" },
  });
  await using writer = new RoundWriter(database.url);
  const before = footprint(server.pid).descriptors;
  const residentBytes: number[] = [];
  for (let wave = 1; wave <= WAVES; wave += 1) {
    const crowd = await openCrowd(server, CLIENTS_PER_WAVE);
    await waitFor("the drop of all", async () => {
      await writer.write(1);
      return (await stats(server)).slow_drops_total === wave * CLIENTS_PER_WAVE;
    }, 60_000);
    residentBytes.push(footprint(server.pid).residentBytes);
    for (const client of crowd) client[Symbol.dispose]();
    await waitFor("the sockets", async () => (await stats(server)).sockets === 0);
    await waitFor("the descriptors", () => footprint(server.pid).descriptors <= before + 5);
  }
  const [first = 0] = residentBytes;
  assert.ok(Math.max(...residentBytes) - first < 2 * NOISE_BYTES, `resident: ${residentBytes}`);
});
