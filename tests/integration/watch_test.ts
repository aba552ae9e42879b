import assert from "node:assert/strict";
import { insertPrices } from "../support/dashboard.ts";
import { RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { testDatabase } from "../support/postgres.ts";
import { RunningProgram } from "../support/running_program.ts";
import { startServer } from "../support/server.ts";
import { taskFlags } from "../support/task_flags.ts";
import { TextLineStream } from "../support/text_lines.ts";
import { waitFor } from "../support/wait_for.ts";

/** `main.ts watch` with its output in a pipe. */
function startWatch(url: string, ...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...taskFlags("watch"), "main.ts", "watch", url, ...args],
    cwd: new URL("../../", import.meta.url),
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

function linesOf(child: Deno.ChildProcess): ReadableStreamDefaultReader<string> {
  return child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
}

Deno.test("watch prints a line for each change in a pipe, and ends with 0 on Ctrl-C", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 100 }, { symbol: "OTHER", price: 1 }]);
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen" },
  });
  const child = startWatch(server.url, "--symbols", "A");
  const lines = linesOf(child);
  const first = (await lines.read()).value?.split("\t");
  assert.deepEqual(first?.slice(1), ["A", "test", "100", "0.00%"]);
  await insertPrices(database.url, [{ symbol: "OTHER", price: 2 }, { symbol: "A", price: 101 }]);
  const second = (await lines.read()).value?.split("\t");
  assert.deepEqual(second?.slice(1), ["A", "test", "101", "+1.00%"]);
  child.kill("SIGINT");
  assert.equal((await child.status).code, 0);
  assert.equal((await lines.read()).done, true);
});

Deno.test("watch ends with 0 when the reader of its pipe has seen enough", async () => {
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 100 }]);
  await using server = await startServer({
    databaseUrl: database.url,
    env: { FEED_MODE: "listen" },
  });
  const child = startWatch(server.url);
  const lines = linesOf(child);
  await lines.read();
  await lines.cancel();
  await insertPrices(database.url, [{ symbol: "A", price: 101 }]);
  assert.equal((await child.status).code, 0);
});

Deno.test({
  name: "watch says in a pipe that prices are old, and when they no longer are",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    // It told of the connection alone: with a database that was away it said "Live", and then nothing.
    await using database = await testDatabase();
    await using proxy = await FaultProxy.start(database.url);
    await using server = await startServer({
      databaseUrl: proxy.url,
      env: { FEED_MODE: "listen", LOG_LEVEL: "error" },
    });
    await using program = RunningProgram.main("watch", server.url);
    const says = (last: RegExp) =>
      waitFor(`${last}`, () => last.test(program.errors.trim()), RECOVERY_DEADLINE_MS);
    await says(/ Live$/);
    proxy.mute();
    await says(/ Feed down\. The server cannot reach its database\.$/);
    await proxy.restore();
    await says(/ Live$/);
    program.kill("SIGINT");
    assert.equal(await program.exit(RECOVERY_DEADLINE_MS), 0);
  },
});
