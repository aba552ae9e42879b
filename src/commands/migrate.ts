import { readDatabaseConfig } from "../config.ts";
import { openLocation } from "../db/location.ts";
import { migrate as migrateDatabase } from "../db/migrator.ts";
import { configureLog } from "../log.ts";
import type { CommandContext } from "./command.ts";
import { readFlags } from "./flags.ts";

/** Brings the schema up to date and prints what that took. */
export async function migrate({ args, env, signal, print }: CommandContext): Promise<number> {
  readFlags("migrate", args, {});
  const config = readDatabaseConfig(env);
  await configureLog(config.log);
  const location = await openLocation(config.database, signal);
  try {
    const names = await migrateDatabase(location.url, { signal });
    for (const name of names) print(`Applied ${name}`);
    if (names.length === 0) print("Nothing to apply: the schema is up to date");
    return 0;
  } finally {
    await location.close();
  }
}
