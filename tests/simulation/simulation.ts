import { Random } from "../../src/aggregator/random.ts";
import { errorText } from "../../src/errors.ts";
import { ClassicSubscriber } from "./classic_subscriber.ts";
import { SimulatedDatabase } from "./database.ts";
import { perform } from "./deeds.ts";
import { EventLoop } from "./event_loop.ts";
import { FeedSubscriber } from "./feed_subscriber.ts";
import { Network } from "./network.ts";
import { lastingMs, type Plan } from "./plan.ts";
import { Platform } from "./platform.ts";
import { PublishedLog } from "./published_log.ts";
import { Ring } from "./ring.ts";
import { SendWatch } from "./send_watch.ts";
import { SimulatedServer } from "./simulated_server.ts";
import type { Subscriber } from "./subscriber.ts";
import { Table } from "./table.ts";
import type { Tampering } from "./tampering.ts";
import { Verdict } from "./verdict.ts";

/** What became of one run. */
export interface Outcome {
  /** The first promise that was broken; undefined when all were kept. */
  readonly fault: string | undefined;
  readonly lines: readonly string[];
  /** Of all lines: the same for every run of the same plan. */
  readonly hash: string;
  /** Messages that the ring swallowed. */
  readonly lost: number;
}

/** After everything has healed, all clients have what they should within so long. */
const RECOVERY_MS_MAX = 120_000;
/** A price that is written when all is well again reaches everybody within so long. */
const DELIVERY_MS_MAX = 10_000;
const LOOK_MS = 500;

/** Runs a plan from its beginning until every client has everything, or a promise is broken. */
export async function simulate(plan: Plan, tampering: Tampering = {}): Promise<Outcome> {
  const loop = new EventLoop((isolate, error) => {
    verdict.fail(`${isolate.name} must not throw, throws ${errorText(error)}`);
  });
  const random = new Random(plan.seed ^ 0x5eed);
  const verdict = new Verdict(loop);
  const published = new PublishedLog(verdict);
  const hubDelayMs = () => random.below(plan.hubDelayMsMax);
  const ring = new Ring(loop, hubDelayMs, {
    posted: (data) => published.observe(data),
    receiving: (data, isolate) => tampering.hubMessage?.(data, isolate) ?? data,
  });
  using _platform = new Platform(
    loop,
    random,
    ring,
    () => random.below(plan.portDelayMsMax),
    (data) => published.observe(data),
  );
  const table = new Table();
  const database = new SimulatedDatabase(loop, random, table, plan.changedRowsMax);
  const truth = { verdict, published, table };
  const server = new SimulatedServer(loop, plan, database, truth, tampering);
  const network = new Network(loop, random, () => server.listeners);
  const passableAtMs = () => Math.min(database.reachableAtMs, server.publisherAwakeAtMs);
  const sends = new SendWatch(loop, verdict, passableAtMs, plan);
  const { chunkQuotesMax } = plan;
  const world = { loop, network, truth, sends, tampering, chunkQuotesMax };
  server.start();
  const subscribers = plan.clients.map((wanted, index) =>
    new FeedSubscriber(`client ${index + 1}`, wanted, world)
  );
  const everybody: Subscriber[] = [
    ...subscribers,
    ...Array.from(
      { length: plan.classicClients },
      (_, index) => new ClassicSubscriber(`classic ${index + 1}`, world),
    ),
  ];
  const stage = {
    loop,
    plan,
    table,
    database,
    published,
    ring,
    network,
    server,
    subscribers,
    verdict,
  };
  for (const { atMs, deed } of plan.deeds) {
    loop.schedule(loop.world, atMs, () => {
      verdict.note(`deed: ${JSON.stringify(deed)}`);
      perform(deed, stage);
    });
  }
  const over = () => verdict.fault !== undefined;
  await loop.run(quietAtMs(plan), over);
  verdict.note("everything heals");
  network.heal();
  server.heal();
  await settle(loop, verdict, everybody, RECOVERY_MS_MAX);
  await loop.run(loop.nowMs + LOOK_MS, over);
  const last = table.begin(lastRows(plan, table), Date.now());
  table.commit(last);
  server.notify();
  await settle(loop, verdict, everybody, DELIVERY_MS_MAX);
  return { fault: verdict.fault, lines: verdict.lines, hash: verdict.hash, lost: ring.lost };
}

/** When the last deed has been done and undone. */
function quietAtMs({ deeds, activeMs }: Plan): number {
  return Math.max(activeMs, ...deeds.map(({ atMs, deed }) => atMs + lastingMs(deed)));
}

/** Waits until nobody misses anything. */
async function settle(
  loop: EventLoop,
  verdict: Verdict,
  everybody: readonly Subscriber[],
  deadlineMs: number,
): Promise<void> {
  const endMs = loop.nowMs + deadlineMs;
  for (;;) {
    await loop.run(loop.nowMs + LOOK_MS, () => verdict.fault !== undefined);
    const missing = everybody.map((one) => ({ name: one.name, what: one.missing() }))
      .find(({ what }) => what !== undefined);
    if (missing === undefined || verdict.fault !== undefined) return;
    if (loop.nowMs >= endMs) {
      verdict.fail(`${missing.name} ${missing.what}, ${deadlineMs} ms after everything was well`);
      return;
    }
  }
}

/** One more price of everything, newer than all before. */
function lastRows({ keys }: Plan, table: Table) {
  const timestamp = Math.max(0, ...[...table.newest.values()].map((row) => row.timestamp)) + 1;
  return keys.map((key) => ({ ...key, timestamp }));
}
