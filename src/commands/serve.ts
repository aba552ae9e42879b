import { readServerConfig } from "../config.ts";
import { openLocation } from "../db/location.ts";
import { awaitSchema } from "../db/schema_wait.ts";
import { type Closable, closeAll, sleep } from "../lifecycle.ts";
import { configureLog } from "../log.ts";
import { orBroken, startServer } from "../server/server.ts";
import type { CommandContext } from "./command.ts";

/** A database that is there has its schema by then, and the feed's first read finds its table. */
const SCHEMA_HEAD_START_MS = 2000;

/**
 * Serves the feed and the dashboard until told to stop. Starts even while Postgres is away, because
 * clients are better told so than refused.
 */
export async function serve(context: CommandContext): Promise<number> {
  const config = readServerConfig(context.env);
  await configureLog(config.log);
  const opened: Closable[] = [];
  try {
    const database = await openLocation(config.database, context.signal);
    opened.push(database);
    const schema = awaitSchema(database.url, context.signal);
    await Promise.race([schema, sleep(SCHEMA_HEAD_START_MS, context.signal)]);
    const server = await startServer({ ...config, databaseUrl: database.url });
    opened.push(server);
    context.print(`Dashboard: ${server.url}`);
    await orBroken(server, Promise.all([schema, stopped(context.signal)]));
  } finally {
    await closeAll(opened);
  }
  return 0;
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
