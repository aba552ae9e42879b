import assert from "node:assert/strict";
import { readServerConfig } from "../../src/config.ts";
import { HubPublisher } from "../../src/hub/publisher.ts";
import { sleep } from "../../src/lifecycle.ts";
import { SharedMetrics } from "../../src/metrics.ts";
import { LIFELINE_LIMITS, type LifelineLimits } from "../../src/server/lifeline.ts";
import { WorkerPool } from "../../src/server/worker_pool.ts";
import { connect, type Dialogue } from "../support/dialogue.ts";
import { FAULT_CHANNEL, type WorkerFault } from "../support/faulty_worker.ts";
import { freePort } from "../support/free_port.ts";
import { lonelyDesk } from "../support/lonely_desk.ts";
import { aQuote } from "../support/quotes.ts";
import { waitFor } from "../support/wait_for.ts";

/** Enough that both workers have some, however the kernel spreads them. */
const CLIENTS = 16;
/** Long beside the two beats after which a hang is noticed here, and short beside the deadline to end. */
const HANG_MS = 5000;
/** Longer than it takes to be given up twice over. */
const ENDLESS_MS = 14_000;
const REPLACED_DEADLINE_MS = 20_000;

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

/** Two workers that go wrong on demand, behind a hub that the test feeds. */
interface Stage extends AsyncDisposable {
  readonly hub: HubPublisher;
  readonly pool: WorkerPool;
  /** Makes the first worker go wrong. */
  strike(fault: WorkerFault["fault"]): void;
  clients(): Promise<Dialogue[]>;
}

async function stage(limits: Partial<LifelineLimits>): Promise<Stage> {
  const env: Record<string, string> = {
    PORT: String(freePort()),
    WORKERS: "2",
    LOG_LEVEL: "error",
    SHUTDOWN_DEADLINE_MS: "2000",
  };
  const config = readServerConfig((name) => env[name]);
  const hub = new HubPublisher("poll");
  const desk = lonelyDesk();
  const module = new URL("../support/faulty_worker.ts", import.meta.url);
  const sources = { hub, desk, metrics: new SharedMetrics(config.workers) };
  const pool = new WorkerPool(config, sources, module, { ...LIFELINE_LIMITS, ...limits });
  await pool.start();
  const status = setInterval(() => {
    hub.publishStatus({ status: "live", mode: "poll", ageMs: 0 });
  }, 200);
  const faults = new BroadcastChannel(FAULT_CHANNEL);
  return {
    hub,
    pool,
    strike: (fault) => faults.postMessage({ worker: "quotewire worker 0", fault }),
    clients: () =>
      Promise.all(Array.from({ length: CLIENTS }, async () => {
        const client = await arrive(`ws://127.0.0.1:${config.port}/ws`);
        client.send({ type: "subscribe", id: 1, symbols: "*" });
        await client.nextOf("snapshot");
        return client;
      })),
    async [Symbol.asyncDispose]() {
      clearInterval(status);
      faults.close();
      await pool.close();
      await desk.close();
      hub.close();
    },
  };
}

/** A worker that ends takes the connections along that it has not answered; a client then tries again. */
function arrive(url: string): Promise<Dialogue> {
  return waitFor("a connection", async () => {
    try {
      return await connect(url);
    } catch (error) {
      assert.ok(error instanceof assert.AssertionError);
      return undefined;
    }
  }, REPLACED_DEADLINE_MS);
}

/** Waits until every client either knows the price or has lost its connection; returns those that know. */
async function survivors(clients: readonly Dialogue[], price: number): Promise<Dialogue[]> {
  const knows = ({ received }: Dialogue) =>
    received.some(({ quotes }) =>
      Array.isArray(quotes) && quotes.some((one) => one.price === price)
    );
  await waitFor(
    "the price or the end at every client",
    () => clients.every((client) => knows(client) || client.closed !== undefined),
    REPLACED_DEADLINE_MS,
  );
  return clients.filter((client) => client.closed === undefined);
}

test("WorkerPool replaces a worker that hangs, and its isolate ends when the hang does", async () => {
  // Nothing noticed a worker whose event loop stood still: its clients waited, and every other new
  // connection got no answer, for ever.
  await using on = await stage({ missedBeatsMax: 2 });
  const clients = await on.clients();
  on.strike({ kind: "hang", durationMs: HANG_MS });
  await waitFor("the replacement", () => on.pool.restarts === 1, REPLACED_DEADLINE_MS);
  on.hub.publish([aQuote({ price: 2, id: 2 })]);
  const left = await survivors(clients, 2);
  assert.ok(left.length > 0 && left.length < CLIENTS, `${left.length} of ${CLIENTS} survive`);
  const late = await on.clients();
  assert.equal((await survivors(late, 2)).length, CLIENTS);
  assert.equal(await Promise.race([on.pool.broken, sleep(0)]), undefined);
  assert.equal(on.pool.restarts, 1);
});

test("WorkerPool says that it is broken when a worker hangs that cannot be ended", async () => {
  await using on = await stage({ missedBeatsMax: 1 });
  on.strike({ kind: "hang", durationMs: ENDLESS_MS });
  const reason = await Promise.race([on.pool.broken, sleep(REPLACED_DEADLINE_MS)]);
  assert.match(String(reason), /worker 0 hangs, .* Start the server again/);
});

test("WorkerPool replaces a worker whose heap fills up, before the process ends for it", async () => {
  await using on = await stage({ heapShareMax: 0.02 });
  const clients = await on.clients();
  // V8 allows a heap some GB: a fiftieth of it is little, but far more than a worker needs.
  const filling = setInterval(() => on.strike({ kind: "leak", bytes: 8_388_608 }), 50);
  await waitFor("the replacement", () => on.pool.restarts === 1, REPLACED_DEADLINE_MS);
  clearInterval(filling);
  on.hub.publish([aQuote({ price: 2, id: 2 })]);
  const left = await survivors(clients, 2);
  assert.ok(left.length > 0 && left.length < CLIENTS, `${left.length} of ${CLIENTS} survive`);
  assert.equal((await survivors(await on.clients(), 2)).length, CLIENTS);
});
