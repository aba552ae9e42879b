import { readDatabaseConfig } from "../config.ts";
import { Database } from "../db/client.ts";
import { explainConnectionError } from "../db/connection.ts";
import { openLocation } from "../db/location.ts";
import {
  pruneOldCandles,
  pruneOldMessages,
  pruneOldRows,
  type PruneProgress,
} from "../db/retention.ts";
import { ConfigError } from "../errors.ts";
import { configureLog } from "../log.ts";
import type { CommandContext } from "./command.ts";
import { readArguments } from "./flags.ts";

const DAYS_MAX = 36_500;
const PROGRESS_INTERVAL_MS = 2000;
/** As a shell shows it for a program that SIGINT has ended. */
const EXIT_STOPPED = 130;

/** Deletes prices, their candles of minutes, and chat messages older than `--days`, or than `RETENTION_DAYS`. */
export async function prune({ args, env, signal, print }: CommandContext): Promise<number> {
  const { flags, values } = readArguments("prune", args, { days: "string" });
  const config = readDatabaseConfig(env);
  const retentionDays = flags.days === undefined
    ? config.retentionDays
    : values.integer("--days", { default: DAYS_MAX, min: 1, max: DAYS_MAX });
  values.throwFaults();
  if (retentionDays === undefined) {
    throw new ConfigError([
      "Cannot run prune: --days or RETENTION_DAYS must say how many days to keep, " +
      "both are unset",
    ]);
  }
  await configureLog(config.log);
  const location = await openLocation(config.database, signal);
  const database = new Database({
    url: location.url,
    connectionsMax: 1,
    applicationName: "quotewire prune",
  });
  try {
    const prices = await pruneOldRows(database, {
      retentionDays,
      signal,
      onProgress: reportEvery(PROGRESS_INTERVAL_MS, print),
    });
    const messages = await pruneOldMessages(database, { retentionDays, signal });
    const candles = await pruneOldCandles(database, { retentionDays, signal });
    const finished = prices.finished && messages.finished && candles.finished;
    print(
      `Deleted ${prices.rowsDeleted} prices and ${messages.rowsDeleted} chat messages ` +
        `older than ${retentionDays} days` +
        (finished ? "" : "; stopped early, run it again to go on"),
    );
    return finished ? 0 : EXIT_STOPPED;
  } catch (error) {
    throw explainConnectionError(error, location.url);
  } finally {
    await database.close();
    await location.close();
  }
}

function reportEvery(
  intervalMs: number,
  print: (line: string) => void,
): (progress: PruneProgress) => void {
  let lastMs = performance.now();
  return ({ rowsDeleted, share }) => {
    if (performance.now() - lastMs < intervalMs) return;
    lastMs = performance.now();
    print(`${Math.floor(share * 100)} % of the table, ${rowsDeleted} rows deleted`);
  };
}
