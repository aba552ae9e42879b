import assert from "node:assert/strict";
import { Chance } from "../fuzz/chance.ts";
import { fuzzFrames } from "../fuzz/frame_fuzzer.ts";
import { scriptOf } from "../fuzz/fuzz_session.ts";
import { Witnesses } from "../fuzz/witnesses.ts";
import { testDatabase } from "../support/postgres.ts";
import { processState } from "../support/process_state.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

const SESSIONS = 1500;
const WARM_UP_SESSIONS = 60;
/** More than a heap that has not been collected for a while; a leak shows in `deno task soak`. */
const GROWTH_BYTES_MAX = 150 * 1024 * 1024;
const SETTLE_DEADLINE_MS = 30_000;

function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: run });
}

test("A server that is sent random frames stands, and those who behave notice nothing", async () => {
  const seed = Chance.freshSeed();
  const again = `deno task fuzz --seed=${seed} --sessions=${WARM_UP_SESSIONS + SESSIONS}`;
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    env: {
      WORKERS: "1",
      FEED_MODE: "listen",
      LOG_LEVEL: "warning",
      // All come from one address, and none is to be spared.
      MAX_CHAT_BYTES_PER_SECOND: "1073741824",
    },
  });
  await using witnesses = await Witnesses.connect(server.socketUrl, database.url);
  await witnesses.check(1);
  const warmUp = await fuzzFrames(server, seed, (index) => index >= WARM_UP_SESSIONS);
  const before = await settled(server.pid, server.port);
  const rest = await fuzzFrames(server, seed, (index) => index >= SESSIONS, WARM_UP_SESSIONS);
  assert.deepEqual([...warmUp.findings, ...rest.findings], [], again);
  await witnesses.check(2);
  const after = await settled(server.pid, server.port);
  const growth = after.residentBytes - before.residentBytes;
  assert.ok(growth < GROWTH_BYTES_MAX, `memory grew by ${growth} bytes; ${again}`);
  const errors = server.lines.filter((line) => /\berror\b|replaced|Uncaught/.test(line));
  assert.deepEqual(errors, [], again);
});

/** The process once it has let go of every connection but those of the witnesses. */
function settled(pid: number, port: number) {
  return waitFor("the connections to be let go", async () => {
    const state = await processState(pid, port);
    return state.acceptedSockets === Witnesses.COUNT && state;
  }, SETTLE_DEADLINE_MS);
}

Deno.test("scriptOf() makes the same of the same seed, and something else of another", () => {
  assert.deepEqual(scriptOf(7), scriptOf(7));
  assert.notDeepEqual(scriptOf(7), scriptOf(8));
});

Deno.test("scriptOf() comes to every endpoint, and ends in every way", () => {
  const scripts = Array.from({ length: 200 }, (_, index) => scriptOf(Chance.seedOf(1, index)));
  assert.equal(new Set(scripts.map(({ endpoint }) => endpoint)).size, 7);
  assert.equal(new Set(scripts.map(({ end }) => end)).size, 3);
});
