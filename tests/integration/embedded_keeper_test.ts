import assert from "node:assert/strict";
import { join } from "node:path";
import { EmbeddedKeeper } from "../../src/db/embedded_keeper.ts";
import { type EmbeddedServer, startEmbeddedServer } from "../../src/db/embedded_server.ts";
import { migrate } from "../../src/db/migrator.ts";
import { withDeadline } from "../../src/lifecycle.ts";
import { runFeed } from "../contract/feed_contract.ts";
import { leavesNoDebris, RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { delivery, recover, strike, write } from "../support/feed_rig.ts";
import { waitFor } from "../support/wait_for.ts";

function test(name: string, run: (server: EmbeddedServer) => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const folder = await Deno.makeTempDir();
      await Deno.chmod(folder, 0o711);
      const server = await startEmbeddedServer({ directory: join(folder, "postgres") });
      try {
        await run(server);
      } finally {
        await server.close();
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

test("EmbeddedKeeper starts a Postgres that was killed again, and the feed goes on by itself", async (server) => {
  // It stayed away, and with it the prices of a demo, until somebody started the whole again.
  await migrate(server.url);
  const keeper = new EmbeddedKeeper(server);
  await using feed = await runFeed("listen", { url: keeper.url });
  await write(feed.sql, 1);
  await delivery(feed, 1);
  await leavesNoDebris(async (round) => {
    const killed = server.processId;
    await strike(feed, () => Deno.kill(killed, "SIGKILL"));
    await waitFor("Postgres", async () => await server.runs(), RECOVERY_DEADLINE_MS);
    assert.notEqual(server.processId, killed);
    await write(feed.sql, round + 1);
    await recover(feed, round + 1);
  });
  await keeper.close();
  assert.equal(await server.runs(), false);
});

test("EmbeddedKeeper gives up a Postgres that does not start any more", async (server) => {
  let tries = 0;
  const broken: EmbeddedServer = {
    ...server,
    restart() {
      tries += 1;
      return server.restart();
    },
  };
  await Deno.rename(
    join(server.directory, "data", "global"),
    join(server.directory, "data", "lost"),
  );
  const keeper = new EmbeddedKeeper(broken, { triesMax: 2, firstPauseMs: 10 });
  Deno.kill(server.processId, "SIGKILL");
  await withDeadline(keeper.ended, RECOVERY_DEADLINE_MS, "give up");
  assert.equal(tries, 2);
  await keeper.close();
});
