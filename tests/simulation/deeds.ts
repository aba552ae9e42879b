import type { SimulatedDatabase } from "./database.ts";
import type { EventLoop } from "./event_loop.ts";
import type { FeedSubscriber } from "./feed_subscriber.ts";
import type { Network } from "./network.ts";
import type { Deed, Plan } from "./plan.ts";
import type { PublishedLog } from "./published_log.ts";
import type { Ring } from "./ring.ts";
import type { SimulatedServer } from "./simulated_server.ts";
import type { Table, Transaction } from "./table.ts";
import type { Verdict } from "./verdict.ts";

/** What deeds are done to. */
export interface Stage {
  readonly loop: EventLoop;
  readonly plan: Plan;
  readonly table: Table;
  readonly database: SimulatedDatabase;
  readonly published: PublishedLog;
  readonly ring: Ring;
  readonly network: Network;
  readonly server: SimulatedServer;
  readonly subscribers: readonly FeedSubscriber[];
  readonly verdict: Verdict;
}

const DATABASE_STATES = {
  database_refuses: "refusing",
  database_mute: "mute",
  database_flaky: "flaky",
} as const;

/** Does one deed, and undoes it in its time. */
export function perform(deed: Deed, stage: Stage): void {
  const { loop, network, server } = stage;
  const later = (delayMs: number, task: () => void) => loop.schedule(loop.world, delayMs, task);
  switch (deed.kind) {
    case "write":
      return write(deed, stage);
    case "database_refuses":
    case "database_mute":
    case "database_flaky":
      stage.database.state = DATABASE_STATES[deed.kind];
      later(deed.forMs, () => stage.database.state = "up");
      return;
    case "database_fails_over":
      return stage.table.failOver(deed.lastTransaction);
    case "feed_restart":
      return server.restartFeed();
    case "publisher_restart":
      return server.restartPublisher();
    case "server_restart":
      server.stop(network, deed.graceful);
      later(deed.forMs, () => server.start());
      return;
    case "worker_crash":
      server.crashWorker(deed.worker, network);
      later(deed.forMs, () => server.startWorker(deed.worker));
      return;
    case "worker_blocks":
      return server.blockWorker(deed.worker, deed.forMs);
    case "worker_lags":
      server.lagWorker(deed.worker, deed.lagMs);
      later(deed.forMs, () => server.lagWorker(deed.worker, 0));
      return;
    case "worker_stutters":
      for (let atMs = 0; atMs <= deed.forMs; atMs += deed.everyMs) {
        later(atMs, () => server.blockWorker(deed.worker, deed.blockMs));
      }
      return;
    case "publisher_blocks":
      return server.blockPublisher(deed.forMs);
    case "clock_set":
      return server.setClock(deed.aheadMs);
    case "batches_overwritten":
      for (let atMs = 0; atMs <= deed.forMs; atMs += deed.everyMs) {
        later(atMs, () => stage.published.overwrite());
      }
      return;
    case "write_burst":
      for (let atMs = 0; atMs <= deed.forMs; atMs += deed.everyMs) {
        later(atMs, () => {
          const timestamp = stage.plan.startSecond + Math.floor(loop.nowMs / 1000);
          const rows = [{ ...deed.key, timestamp }];
          write({ kind: "write", rows, openMs: 0, ok: true }, stage);
        });
      }
      return;
    case "ring_noise":
      for (let count = 0; count < deed.messages; count += 1) {
        stage.ring.post("another channel", undefined, "noise");
      }
      return;
    default:
      return performOnClient(deed, stage);
  }
}

function performOnClient(deed: Extract<Deed, { client: number }>, stage: Stage): void {
  const { loop, network } = stage;
  const subscriber = stage.subscribers[deed.client];
  if (subscriber === undefined) return;
  const { name } = subscriber;
  const connection = network.connectionOf(name);
  const later = (delayMs: number, task: () => void) => loop.schedule(loop.world, delayMs, task);
  switch (deed.kind) {
    case "socket_stall":
      connection?.stall(true);
      later(deed.forMs, () => connection?.stall(false));
      return;
    case "socket_slow":
      network.setPace(name, deed.paceMs);
      later(deed.forMs, () => network.setPace(name, 0));
      return;
    case "socket_reset":
      return connection?.reset();
    case "socket_flaps":
      for (let atMs = 0; atMs <= deed.forMs; atMs += deed.everyMs) {
        later(atMs, () => network.connectionOf(name)?.reset());
      }
      return;
    case "socket_vanish":
      return connection?.vanish();
    case "client_offline":
      network.setOffline(name, true);
      later(deed.forMs, () => network.setOffline(name, false));
      return;
    case "client_stop":
      subscriber.act((client) => client.stop());
      later(deed.forMs, () => subscriber.act((client) => client.start()));
      return;
    case "client_subscribe":
      return subscriber.subscribe([deed.symbol]);
    case "client_unsubscribe":
      return subscriber.unsubscribe(deed.symbol);
    case "client_rate":
      return subscriber.act((client) => client.setMaxRate(deed.maxRateMs));
  }
}

function write(deed: Extract<Deed, { kind: "write" }>, stage: Stage): void {
  const { loop, table, server, verdict } = stage;
  const transaction = table.begin(deed.rows, Date.now());
  loop.schedule(loop.world, deed.openMs, () => {
    const rows = transaction.rows.map(({ id }) => id).join(", ");
    const end = endOf(transaction, deed.ok, table);
    verdict.note(`transaction with rows ${rows} ${end}`);
    if (end === "commits") server.notify();
  });
}

function endOf(transaction: Transaction, ok: boolean, table: Table) {
  if (ok) return table.commit(transaction) ? "commits" : "is lost with its server";
  table.rollBack(transaction);
  return "rolls back";
}
