import assert from "node:assert/strict";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

/** Sends signals to a server with a Postgres of its own, which MUST then stop both in order. */
async function stops(signals: readonly Deno.Signal[]): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "quotewire-test-" });
  await Deno.chmod(folder, 0o755);
  try {
    await using server = await startServer({ databaseUrl: `embedded:${folder}/postgres` });
    assert.equal(await processesNaming(folder), 1);
    for (const signal of signals) Deno.kill(server.pid, signal);
    await waitFor("the goodbye", () => server.lines.some((line) => /Saying goodbye/.test(line)));
    assert.equal(await server.stop(), 0);
    await waitFor("Postgres to be gone", async () => await processesNaming(folder) === 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "A Ctrl-C that arrives twice stops the server and its Postgres in order",
  sanitizeOps: false,
  sanitizeResources: false,
  // In a terminal the whole process group gets SIGINT, and `deno task` passes its own on as well. The
  // second one counted as "at once, whatever is left", and left Postgres behind.
  fn: () => stops(["SIGINT", "SIGINT"]),
});

Deno.test({
  name: "A terminal that closes stops the server and its Postgres in order",
  sanitizeOps: false,
  sanitizeResources: false,
  // SIGHUP ended the server on the spot: without a word to its clients, and with Postgres left behind.
  fn: () => stops(["SIGHUP"]),
});

/** How many processes have the text among their arguments. */
async function processesNaming(text: string): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if ((await Deno.readTextFile(`/proc/${name}/cmdline`)).includes(text)) count += 1;
    } catch (error) {
      // It has ended since the folder was listed.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return count;
}
