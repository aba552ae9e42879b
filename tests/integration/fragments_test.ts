import assert from "node:assert/strict";
import { connect } from "../support/dialogue.ts";
import { RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { footprint } from "../support/footprint.ts";
import { floodWithFragments } from "../support/fragment_flood.ts";
import { serverTest } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";

const CLIENTS = 12;
const MEMORY_BYTES_MAX = 600_000_000;

serverTest(
  "A flood of fragments costs its own worker, frees the memory, and leaves the others alone",
  async ({ server }) => {
    // Deno collects the fragments of a message without any limit and without an event.
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, () => connect(`${server.socketUrl}/ws`)),
    );
    for (const client of clients) client.send({ type: "subscribe", id: 1, symbols: "*" });
    await Promise.all(clients.map((client) => client.nextOf("snapshot")));
    await floodWithFragments(server.port, "/echo", 2 * MEMORY_BYTES_MAX);
    await server.says(/is back/, RECOVERY_DEADLINE_MS);
    const replaced = server.lines.filter((line) => /failed .* is replaced .* memory/.test(line));
    assert.equal(replaced.length, 1);
    await waitFor(
      "the memory to be free",
      () => footprint(server.pid).residentBytes < MEMORY_BYTES_MAX / 2,
      RECOVERY_DEADLINE_MS,
    );
    await waitFor(
      "the lost connections",
      () => clients.some(({ closed }) => closed !== undefined),
      RECOVERY_DEADLINE_MS,
    );
    const survivors = clients.filter(({ closed }) => closed === undefined);
    assert.ok(survivors.length > 0 && survivors.length < CLIENTS, `${survivors.length} survive`);
    await using back = await connect(`${server.socketUrl}/ws`);
    await back.nextOf("hello");
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  },
  { MEMORY_BYTES_MAX: String(MEMORY_BYTES_MAX) },
);
