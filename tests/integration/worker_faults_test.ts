import assert from "node:assert/strict";
import { sleep } from "../../src/lifecycle.ts";
import type { Dialogue } from "../support/dialogue.ts";
import { leavesNoDebris, RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { LogRecords } from "../support/log_records.ts";
import { scrape } from "../support/prometheus_text.ts";
import { aQuote } from "../support/quotes.ts";
import { waitFor } from "../support/wait_for.ts";
import type { WorkerFault } from "../support/worker_fault.ts";
import { CROWD, type WorkerStage, workerStage } from "../support/worker_stage.ts";

/** Long beside the two beats after which a hang is noticed here. */
const HANG_MS = 5000;
/** V8 allows a heap some GB: a fiftieth of it is little, but far more than a worker needs. */
const HEAP_SHARE_MAX = 0.02;
const LEAK_BYTES = 200_000_000;

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

/** Waits until every client either knows the price or has lost its connection; returns those that know. */
async function survivors(clients: readonly Dialogue[], price: number): Promise<Dialogue[]> {
  const knows = ({ received }: Dialogue) =>
    received.some(({ quotes }) =>
      Array.isArray(quotes) && quotes.some((one) => one.price === price)
    );
  await waitFor(
    "the price or the end at every client",
    () => clients.every((client) => knows(client) || client.closed !== undefined),
    RECOVERY_DEADLINE_MS,
  );
  return clients.filter((client) => client.closed === undefined);
}

/** Sessions that were opened and have no end so far, as the counters have it. */
async function withoutEnd({ url }: WorkerStage): Promise<number> {
  const { families } = await scrape(url);
  const total = (name: string) =>
    (families.get(name)?.samples ?? []).reduce((sum, { value }) => sum + value, 0);
  return total("quotewire_connects_total") - total("quotewire_closes_total");
}

/**
 * Checks that a worker that goes wrong is replaced, that its clients are told so by the end of their
 * connections and the other worker's go on, that whoever comes back has the newest price, and that each
 * session's end is counted.
 */
async function isReplaced(on: WorkerStage, fault: WorkerFault): Promise<void> {
  await using records = await LogRecords.keep();
  await leavesNoDebris(async (round) => {
    const clients = await on.crowd();
    await waitFor("the crowd alone", async () => (await on.stats()).active_clients === CROWD);
    const price = round * 2;
    const { restarts } = on.pool;
    on.strike(0, fault);
    await waitFor("the replacement", () => on.pool.restarts > restarts, RECOVERY_DEADLINE_MS);
    on.hub.publish([aQuote({ price, id: price })]);
    const left = await survivors(clients, price);
    assert.ok(left.length > 0 && left.length < CROWD, `${left.length} of ${CROWD} survive`);
    assert.equal(
      records.of("server_worker_replaced").at(-1)?.["sessions"],
      CROWD - left.length,
    );
    const late = await on.crowd();
    assert.equal((await survivors(late, price)).length, CROWD);
    await Promise.all([...left, ...late].map((client) => client[Symbol.asyncDispose]()));
    await waitFor(
      "the counters to follow",
      async () => (await on.stats()).active_clients === 0,
      RECOVERY_DEADLINE_MS,
    );
    // Nobody counted those of the worker: connects less closes was no longer the number of sessions.
    await waitFor(
      "every end to be counted",
      async () => await withoutEnd(on) === 0,
      RECOVERY_DEADLINE_MS,
    );
  });
}

test("WorkerPool replaces a worker that throws", async () => {
  await using on = await workerStage();
  await isReplaced(on, { kind: "throw" });
});

test("WorkerPool replaces a worker that hangs, and its isolate ends when the hang does", async () => {
  // Nothing noticed a worker whose event loop stood still: its clients waited, and every other new
  // connection got no answer, for ever.
  await using on = await workerStage({
    missedBeatsMax: 2,
    silentEndDeadlineMs: RECOVERY_DEADLINE_MS,
  });
  await isReplaced(on, { kind: "hang", durationMs: HANG_MS });
  assert.equal(await Promise.race([on.pool.broken, sleep(0)]), undefined);
});

test("WorkerPool replaces a worker whose heap fills up, before the process ends for it", async () => {
  await using on = await workerStage({ heapShareMax: HEAP_SHARE_MAX });
  await isReplaced(on, { kind: "leak", bytes: LEAK_BYTES });
});
