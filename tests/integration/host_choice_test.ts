import assert from "node:assert/strict";
import { discardPool, endPool, openPool, type Sql } from "../../src/db/client.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { testDatabase } from "../support/postgres.ts";

const ENDS: readonly (readonly [string, (sql: Sql) => unknown])[] = [
  ["ended", (sql) => endPool(sql, 1)],
  ["discarded", discardPool],
];

for (const [what, end] of ENDS) {
  Deno.test({
    name: `A pool that is soon ${what} by its user leaves the next one the same host`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      // A server looks at its database over a connection of a moment when it starts: that it ended so soon
      // was taken for a fault of the first host, and a standby named second was read from the start.
      await using database = await testDatabase();
      await using first = await FaultProxy.start(database.url);
      await using second = await FaultProxy.start(database.url);
      const url = first.url.replace(/(:\d+)\//, `$1,${new URL(second.url).host}/`);
      for (let pools = 1; pools <= 3; pools++) {
        const sql = openPool({ url, connectionsMax: 1, applicationName: "quotewire test" });
        await sql`SELECT 1`;
        await end(sql);
        assert.deepEqual([first.accepted, second.accepted], [pools, 0]);
      }
    },
  });
}
