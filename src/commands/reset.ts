import { readDatabaseConfig } from "../config.ts";
import { openLocation } from "../db/location.ts";
import { migrate } from "../db/migrator.ts";
import { dropSchema, type OwnTable, readOwnTables } from "../db/schema_reset.ts";
import { ConfigError } from "../errors.ts";
import { configureLog } from "../log.ts";
import type { CommandContext } from "./command.ts";
import { readYes } from "./confirmation.ts";
import { readFlags } from "./flags.ts";

const EXIT_DECLINED = 1;

/**
 * Deletes all of Quotewire's tables and creates them anew, after the user has typed `yes`; `--yes`
 * stands for that in scripts.
 */
export async function reset({ args, env, signal, print }: CommandContext): Promise<number> {
  const { yes } = readFlags("reset", args, { yes: "boolean" });
  if (yes !== true && !Deno.stdin.isTerminal()) {
    throw new ConfigError([
      "Cannot run reset: must be confirmed at a terminal, standard input is none. " +
      "Pass --yes to delete all prices without being asked",
    ]);
  }
  const config = readDatabaseConfig(env);
  await configureLog(config.log);
  const location = await openLocation(config.database, signal);
  try {
    const tables = await readOwnTables(location.url, { signal });
    const { host, pathname } = new URL(location.url);
    print(`Database ${decodeURIComponent(pathname.slice(1))} on ${host}`);
    print(
      tables.length === 0
        ? "Has no tables of Quotewire"
        : `Will be deleted: ${tables.map(describe).join(", ")}`,
    );
    if (yes !== true) {
      print("Type yes to delete them:");
      if (!await readYes(Deno.stdin, signal)) {
        print("Nothing deleted");
        return EXIT_DECLINED;
      }
    }
    await dropSchema(location.url, { signal });
    for (const name of await migrate(location.url, { signal })) print(`Applied ${name}`);
    return 0;
  } finally {
    await location.close();
  }
}

function describe({ name, rows, counted }: OwnTable): string {
  return `${name} (${counted ? "" : "about "}${rows} ${rows === 1 ? "row" : "rows"})`;
}
