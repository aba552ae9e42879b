import { Database } from "../db/client.ts";
import { readDatabaseFigures } from "../db/database_figures.ts";
import { errorText } from "../errors.ts";
import { type Closable, sleep } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { MetricWriter } from "../metrics.ts";

const INTERVAL_MS = 2000;
const DEADLINE_MS = 1000;

const log = logger("server");

/**
 * Keeps what `/api/stats` says of the database, over one connection of its own. It asks every two seconds,
 * whoever looks and however often, so that no request waits for the database or costs it anything.
 *
 * @param counters of the main isolate
 */
export function watchDatabase(url: string, counters: MetricWriter): Closable {
  const database = new Database({ url, connectionsMax: 1, applicationName: "quotewire stats" });
  const stop = new AbortController();
  const watching = keepLooking(database, counters, stop.signal);
  return {
    async close() {
      stop.abort();
      await database.close();
      await watching;
    },
  };
}

async function keepLooking(
  database: Database,
  counters: MetricWriter,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await look(database, counters);
    await sleep(INTERVAL_MS, signal);
  }
}

/** What was last known stays where the database does not answer. */
async function look(database: Database, counters: MetricWriter): Promise<void> {
  try {
    const figures = await readDatabaseFigures(database, DEADLINE_MS);
    counters.set("db_version", figures.version);
    counters.set("db_rows", figures.rows ?? NaN);
    counters.set("db_bytes", figures.bytes);
    counters.set("db_newest_age_ms", figures.newestAgeMs ?? NaN);
    counters.set("db_connections_own", figures.ownConnections);
    counters.set("db_connections", figures.connections);
    counters.set("db_connections_max", figures.connectionsMax);
    counters.set("db_reachable", 1);
    counters.set("db_answered_at_ms", Date.now());
  } catch (error) {
    counters.set("db_reachable", 0);
    // The feed tells loudly of a database that is away.
    log.debug("The database's figures cannot be read: {reason}", {
      code: "server_database_figures_unknown",
      reason: errorText(error),
    });
  }
}
