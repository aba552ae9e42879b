import { runAggregator } from "../aggregator/aggregator.ts";
import { summaryText } from "../aggregator/progress.ts";
import { readAggregatorConfig } from "../aggregator_config.ts";
import { openLocation } from "../db/location.ts";
import { configureLog } from "../log.ts";
import { hideQueries } from "../span_urls.ts";
import { openTracing } from "../tracing.ts";
import type { CommandContext } from "./command.ts";

/** Writes prices into the database until it is told to stop, or until a replay has ended. */
export async function aggregator(context: CommandContext): Promise<number> {
  const config = readAggregatorConfig(context.env);
  await configureLog(config.log);
  // The keys of some sources stand in their URLs.
  if (openTracing("quotewire") !== undefined) hideQueries();
  const database = await openLocation(config.database, context.signal);
  try {
    const totals = await runAggregator(config, database.url, context.signal);
    context.print(summaryText(totals));
  } finally {
    await database.close();
  }
  return 0;
}
