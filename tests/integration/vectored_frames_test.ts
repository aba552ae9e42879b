import assert from "node:assert/strict";
import { insertPrices } from "../support/dashboard.ts";
import { connect } from "../support/dialogue.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";

/** Bytes that a process has handed to `write` and `writev`; those of `sendto` do not count (proc_pid_io(5)). */
async function writtenBytes(pid: number): Promise<number> {
  const [, bytes] = /^wchar: (\d+)$/m.exec(await Deno.readTextFile(`/proc/${pid}/io`)) ?? [];
  return Number(bytes);
}

/** What of a large snapshot was handed to `write` and `writev`, and how large it was. */
async function sendsSnapshot(env: Record<string, string>) {
  await using database = await testDatabase();
  const prices = Array.from({ length: 400 }, (_, n) => ({ symbol: `SYMBOL${n}`, price: n + 1 }));
  await insertPrices(database.url, prices);
  await using server = await startServer({ databaseUrl: database.url, env });
  await using client = await connect(`${server.socketUrl}/ws`);
  const before = await writtenBytes(server.pid);
  client.send({ type: "subscribe", id: 1, symbols: "*" });
  const snapshot = await client.next(
    "all prices",
    ({ type, complete }) => type === "snapshot" && complete === true,
  );
  const written = await writtenBytes(server.pid) - before;
  return { written, bytes: JSON.stringify(snapshot).length };
}

// DENO_USE_WRITEV is in none of Deno's documents: with the first Deno that has dropped it, this fails.
Deno.test({
  name:
    "The task's settings make Deno write large frames from where they are, as the default does not",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const vectored = await sendsSnapshot({});
    assert.ok(vectored.bytes > 20_000);
    assert.ok(vectored.written >= vectored.bytes, `${vectored.written} of ${vectored.bytes}`);
    const copied = await sendsSnapshot({ DENO_USE_WRITEV: "" });
    assert.ok(copied.written < copied.bytes, `${copied.written} of ${copied.bytes}`);
  },
});
