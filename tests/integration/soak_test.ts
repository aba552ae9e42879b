import assert from "node:assert/strict";
import { Chance } from "../fuzz/chance.ts";
import { soak } from "../soak/soak.ts";
import { testDatabase } from "../support/postgres.ts";

// The short form of `deno task soak`, which alone is long enough to say something of slopes.

const DURATION_MS = 8000;
/** Pools open their connections when they need them: the feed's, its pulse's, the chat's. */
const OWN_DESCRIPTORS_MORE_MAX = 8;
const GROWTH_BYTES_MAX = 200 * 1024 * 1024;

Deno.test({
  name: "A server whose clients come, stall, break and go keeps its promise and nothing of theirs",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const seed = Chance.freshSeed();
    await using database = await testDatabase();
    const result = await soak({
      databaseUrl: database.url,
      durationMs: DURATION_MS,
      seed,
      visitors: 12,
      sampleIntervalMs: 500,
    });
    assert.deepEqual(result.faults, [], `seed ${seed}`);
    assert.deepEqual(result.errors, [], `seed ${seed}`);
    const { before, after } = result.ownDescriptors;
    assert.ok(after <= before + OWN_DESCRIPTORS_MORE_MAX, `${before} descriptors became ${after}`);
    const [first, ...later] = result.samples;
    const growth = (later.at(-1)?.residentBytes ?? 0) - (first?.residentBytes ?? 0);
    assert.ok(growth < GROWTH_BYTES_MAX, `memory grew by ${growth} bytes`);
  },
});
