import assert from "node:assert/strict";
import { sleep } from "../../src/lifecycle.ts";
import type { Dialogue } from "../support/dialogue.ts";
import {
  leavesNoDebris,
  NOTICE_DEADLINE_MS,
  RECOVERY_DEADLINE_MS,
} from "../support/fault_promise.ts";
import { aQuote } from "../support/quotes.ts";
import { SlowHub } from "../support/slow_hub.ts";
import { waitFor } from "../support/wait_for.ts";
import { workerStage } from "../support/worker_stage.ts";

/** More than the ring of Deno's BroadcastChannel holds. */
const BURST = 600;
const HANG_MS = 500;

function feedStatus({ received }: Dialogue): unknown {
  return Object(received.findLast(({ type }) => type === "heartbeat")?.feed).status;
}

function hasPrice({ received }: Dialogue, price: number): boolean {
  return received.some(({ quotes }) =>
    Array.isArray(quotes) && quotes.some((quote) => quote.price === price)
  );
}

Deno.test({
  name: "Clients of a worker that the channel overran are told of it until it has the whole book",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    // Mostly the book comes within milliseconds, and nobody need know. Here it is made to wait.
    const hub = new SlowHub("poll");
    await using on = await workerStage({ hub });
    const clients = await on.crowd();
    const isLive = (client: Dialogue) => feedStatus(client) === "live";
    const isTold = (client: Dialogue) => feedStatus(client) === "delayed";
    await waitFor("a live feed", () => clients.every(isLive), RECOVERY_DEADLINE_MS);
    let price = 0;
    await leavesNoDebris(async () => {
      hub.hold();
      // Whether the worker is deaf already when the burst comes is not to be known: then there is another.
      await waitFor("some to be told of an overrun", async () => {
        on.strike(0, { kind: "hang", durationMs: HANG_MS });
        await sleep(HANG_MS / 10);
        for (let n = 0; n < BURST; n += 1) {
          price += 1;
          hub.publish([aQuote({ price, id: price })]);
        }
        const missesPrice = (client: Dialogue) => !hasPrice(client, price);
        await waitFor("the price or a word of its lack at all", () => {
          return clients.every((client) => !missesPrice(client) || isTold(client));
        }, NOTICE_DEADLINE_MS);
        return clients.some((client) => missesPrice(client) && isTold(client));
      }, RECOVERY_DEADLINE_MS);
      hub.release();
      await waitFor(
        "the price at all",
        () => clients.every((client) => hasPrice(client, price)),
        RECOVERY_DEADLINE_MS,
      );
      await waitFor("a live feed", () => clients.every(isLive), RECOVERY_DEADLINE_MS);
    });
    assert.equal(on.pool.restarts, 0);
    assert.ok(clients.every(({ closed }) => closed === undefined), "nobody lost the connection");
  },
});
