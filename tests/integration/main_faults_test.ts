import assert from "node:assert/strict";
import { connect, type Dialogue } from "../support/dialogue.ts";
import { NOTICE_DEADLINE_MS, RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { hangFile } from "../support/hang_file.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

/** 20 s are promised; a busy machine may take longer, and the process ends soon after that. */
const SAID_DEADLINE_MS = 40_000;

/** A main isolate that hangs until this is disposed of. */
async function hang({ pid }: TestServer): Promise<AsyncDisposable> {
  await Deno.mkdir(".data", { recursive: true });
  await Deno.writeTextFile(hangFile(pid), "");
  Deno.kill(pid, "SIGUSR1");
  return { [Symbol.asyncDispose]: () => Deno.remove(hangFile(pid)) };
}

async function healthOf({ url }: TestServer): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/healthz`);
  return { status: response.status, text: await response.text() };
}

async function client({ socketUrl }: TestServer): Promise<Dialogue> {
  const dialogue = await connect(`${socketUrl}/ws`);
  dialogue.send({ type: "subscribe", id: 1, symbols: "*" });
  await dialogue.nextOf("snapshot");
  return dialogue;
}

function hears({ received }: Dialogue, status: string) {
  return () =>
    Object(received.findLast(({ type }) => type === "heartbeat")?.feed).status === status;
}

async function comesBack(databaseUrl: string): Promise<void> {
  await using server = await startServer({ databaseUrl, preload: "faulty_main.ts" });
  await using dialogue = await client(server);
  await waitFor("a live feed", hears(dialogue, "live"), RECOVERY_DEADLINE_MS);
  assert.deepEqual(await healthOf(server), { status: 200, text: '{"status":"ok"}' });
  {
    await using _hang = await hang(server);
    await waitFor("clients to be told", hears(dialogue, "down"), NOTICE_DEADLINE_MS);
    await waitFor("503", async () => (await healthOf(server)).status === 503, SAID_DEADLINE_MS);
    assert.match(
      (await healthOf(server)).text,
      /"stalled","reason":"the main isolate must .* \d+ s/,
    );
  }
  await waitFor("200", async () => (await healthOf(server)).status === 200, RECOVERY_DEADLINE_MS);
  await waitFor("a live feed", hears(dialogue, "live"), RECOVERY_DEADLINE_MS);
  assert.equal(dialogue.closed, undefined, "nobody lost the connection");
  assert.equal(await server.stop(), 0);
}

async function hangsForGood(databaseUrl: string): Promise<void> {
  await using server = await startServer({ databaseUrl, preload: "faulty_main.ts" });
  await using _hang = await hang(server);
  assert.equal(await server.exit(), 137);
  await server.says(/Cannot go on serving: the main isolate must .* Start the server again\./);
}

Deno.test({
  name:
    "A server whose main isolate hangs calls itself ill until it is back, and ends if it is not",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    // Nobody watched the main isolate: without it workers answered /healthz with 200 for ever, while no
    // price came and SIGTERM was not heard, so that no supervisor started the server again.
    await using first = await testDatabase();
    await using second = await testDatabase();
    // Together, because either takes its time.
    await Promise.all([comesBack(first.url), hangsForGood(second.url)]);
  },
});
