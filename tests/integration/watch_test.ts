import assert from "node:assert/strict";
import { insertPrices } from "../support/dashboard.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { taskFlags } from "../support/task_flags.ts";
import { TextLineStream } from "../support/text_lines.ts";

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
