import assert from "node:assert/strict";
import { OngoingReads } from "./ongoing_reads.ts";

/** What a read for ada in the lobby is told, and how it ends. */
function readFor(reads: OngoingReads, room = "lobby") {
  const { promise, resolve } = Promise.withResolvers<void>();
  let signal: AbortSignal | undefined;
  const done = reads.run(room, "ada", (told) => {
    signal = told;
    return promise;
  });
  return {
    get isWanted() {
      return signal?.aborted === false;
    },
    end: async () => {
      resolve();
      await done;
    },
  };
}

Deno.test("OngoingReads.run() replaces what is being read for the same member of the same room", async () => {
  const reads = new OngoingReads();
  const [first, elsewhere, second] = [readFor(reads), readFor(reads, "other"), readFor(reads)];
  assert.deepEqual(
    [first, elsewhere, second].map(({ isWanted }) => isWanted),
    [false, true, true],
  );
  await first.end();
  reads.stop("lobby", "ada");
  assert.deepEqual([second, elsewhere].map(({ isWanted }) => isWanted), [false, true]);
  await second.end();
  await elsewhere.end();
});

Deno.test("OngoingReads.stop() tells what is being read for a member that nobody waits for it", async () => {
  const reads = new OngoingReads();
  const read = readFor(reads);
  reads.stop("lobby", "grace");
  assert.equal(read.isWanted, true);
  reads.stop("lobby", "ada");
  assert.equal(read.isWanted, false);
  await read.end();
});
