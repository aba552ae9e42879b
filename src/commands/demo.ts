import { runAggregator } from "../aggregator/aggregator.ts";
import { readAggregatorConfig } from "../aggregator_config.ts";
import { readServerConfig } from "../config.ts";
import { openLocation } from "../db/location.ts";
import { migrate } from "../db/migrator.ts";
import type { EnvLookup } from "../env.ts";
import { type Closable, closeAll } from "../lifecycle.ts";
import { configureLog } from "../log.ts";
import { orBroken, startServer } from "../server/server.ts";
import type { CommandContext } from "./command.ts";

/** What the demo chooses where the environment says nothing; everything else has its usual default. */
const DEMO_DEFAULTS: Record<string, string> = {
  DATABASE_URL: "embedded:.data/postgres",
  FEED_MODE: "listen",
  LOG_LEVEL: "warning",
};

/** Runs Postgres, simulated prices and the server in one process until told to stop. */
export async function demo(context: CommandContext): Promise<number> {
  const env: EnvLookup = (name) => context.env(name) || DEMO_DEFAULTS[name];
  const config = readServerConfig(env);
  const aggregatorConfig = readAggregatorConfig(env);
  await configureLog(config.log);
  const opened: Closable[] = [];
  try {
    if (config.database.kind === "embedded") {
      context.print(`Starting Postgres in ${config.database.directory}`);
    }
    const database = await openLocation(config.database, context.signal);
    opened.push(database);
    await migrate(database.url, { signal: context.signal });
    const server = await startServer({ ...config, databaseUrl: database.url });
    opened.push(server);
    context.print(
      `Writing ${aggregatorConfig.ticksPerSecond} prices a second ` +
        `of ${aggregatorConfig.symbols.length} symbols`,
    );
    context.print(`Dashboard: ${server.url} (Ctrl-C stops everything)`);
    await orBroken(server, runAggregator(aggregatorConfig, database.url, context.signal));
  } finally {
    await closeAll(opened);
  }
  return 0;
}
