import assert from "node:assert/strict";
import { HubPublisher } from "../../src/hub/publisher.ts";
import { SharedMetrics } from "../../src/metrics.ts";
import { LIFELINE_LIMITS, type LifelineLimits } from "../../src/server/lifeline.ts";
import { WorkerPool } from "../../src/server/worker_pool.ts";
import { connect, type Dialogue } from "./dialogue.ts";
import { RECOVERY_DEADLINE_MS } from "./fault_promise.ts";
import { freePort } from "./free_port.ts";
import { lonelyDesk } from "./lonely_desk.ts";
import { aPoolConfig } from "./pool_config.ts";
import { waitFor } from "./wait_for.ts";
import { strikeWorker, type WorkerFault } from "./worker_fault.ts";

/** Two workers that go wrong on demand, behind a hub that the test feeds. */
export interface WorkerStage extends AsyncDisposable {
  readonly hub: HubPublisher;
  readonly pool: WorkerPool;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Makes a worker go wrong. */
  strike(worker: 0 | 1, fault: WorkerFault): void;
  /** A connection to a worker of the kernel's choice, as soon as there is one to be had. */
  arrive(): Promise<Dialogue>;
  /** `CROWD` clients that want every price, as soon as both workers serve. */
  crowd(): Promise<Dialogue[]>;
  stats(): Promise<Record<string, number>>;
  /** How many connections a worker has. */
  sockets(worker: 0 | 1): number;
}

/** Workers of a stage. */
export const WORKERS = 2;
/** Enough that both workers have some, however the kernel spreads them. */
export const CROWD = 20;
const STATUS_INTERVAL_MS = 200;
const WORKER_MODULE = new URL("./faulty_worker.ts", import.meta.url);

/** What a test wants different of the limits, and of the hub. */
export interface WorkerStageOptions extends Partial<LifelineLimits> {
  readonly hub?: HubPublisher;
}

/** Starts it. */
export async function workerStage(
  { hub = new HubPublisher("poll"), ...limits }: WorkerStageOptions = {},
): Promise<WorkerStage> {
  const config = aPoolConfig({ port: freePort(), workers: WORKERS });
  const desk = lonelyDesk();
  const metrics = new SharedMetrics(WORKERS);
  const pool = new WorkerPool(
    config,
    { hub, desk, metrics },
    WORKER_MODULE,
    { ...LIFELINE_LIMITS, ...limits },
  );
  await pool.start();
  const status = setInterval(() => {
    hub.publishStatus({ status: "live", mode: "poll", ageMs: 0 });
  }, STATUS_INTERVAL_MS);
  const clients: Dialogue[] = [];
  const url = `http://127.0.0.1:${config.port}`;
  const arrive = async () => {
    const client = await atLast(() => connect(`${url.replace("http", "ws")}/ws`));
    clients.push(client);
    return client;
  };
  return {
    hub,
    pool,
    url,
    strike: (worker, fault) => strikeWorker(`quotewire worker ${worker}`, fault),
    arrive,
    async crowd() {
      const serving = new Set<number>();
      await waitFor("both workers to serve", async () => {
        await using _probe = await arrive();
        for (let index = 0; index < WORKERS; index += 1) {
          if (metrics.writer(index).value("sockets") > 0) serving.add(index);
        }
        return serving.size === WORKERS;
      }, RECOVERY_DEADLINE_MS);
      return await Promise.all(Array.from({ length: CROWD }, async () => {
        const client = await arrive();
        client.send({ type: "subscribe", id: 1, symbols: "*" });
        await client.nextOf("snapshot");
        return client;
      }));
    },
    stats: async () => await (await fetch(`${url}/api/stats`)).json(),
    sockets: (worker) => metrics.writer(worker).value("sockets"),
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
      clearInterval(status);
      await pool.close();
      await desk.close();
      hub.close();
    },
  };
}

/** A worker that ends takes the connections along that it has not answered; a client then tries again. */
export function atLast<T>(connecting: () => Promise<T>): Promise<T> {
  return waitFor("a connection", async () => {
    try {
      return await connecting();
    } catch (error) {
      assert.ok(error instanceof assert.AssertionError);
      return undefined;
    }
  }, RECOVERY_DEADLINE_MS);
}
