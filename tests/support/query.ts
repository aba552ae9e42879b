import { openPool, type Sql } from "../../src/db/client.ts";
import { withDeadline } from "../../src/lifecycle.ts";

const DEADLINE_MS = 60_000;

/** Runs statements on one connection of its own, which is ended afterwards. */
export async function query<T>(url: string, run: (sql: Sql) => PromiseLike<T>): Promise<T> {
  const sql = openPool({ url, connectionsMax: 1, applicationName: "quotewire test" });
  try {
    return await withDeadline(Promise.resolve(run(sql)), DEADLINE_MS, "run a test's statements");
  } finally {
    await sql.end({ timeout: 1 });
  }
}
