import assert from "node:assert/strict";
import v8 from "node:v8";
import vm from "node:vm";
import { sleep } from "../../src/lifecycle.ts";
import { footprint } from "./footprint.ts";

/** Within this time of a fault whoever it makes prices old for is told so: 2 s, and more on a busy machine. */
export const NOTICE_DEADLINE_MS = 5000;
/** Within this time of a fault's end everybody has the table's newest prices (docs/reliability.md). */
export const RECOVERY_DEADLINE_MS = 20_000;

/** What may stay behind of a fault. */
interface Holding {
  /** Of the process under test: files, sockets, pipes. */
  readonly descriptors: number;
  /** Of the process under test, in RAM. */
  readonly residentBytes: number;
  /** What is reachable in this isolate: all of a feed that runs in it, or the clients of a server. */
  readonly heapBytes: number;
}

/** Database connections come and go, and heaps breathe, most of all those of several isolates. */
const NOISE: Holding = { descriptors: 2, residentBytes: 60_000_000, heapBytes: 8_000_000 };
const LOOK_INTERVAL_MS = 100;

/**
 * Lets a fault happen and end, and checks that it has left neither memory nor descriptors behind.
 *
 * What is made at the first need, such as code and caches, may stay. So a fault that did leave something
 * has to happen again, and must not add to it.
 *
 * @param fault must end with everything well again; is given the number of the round, 1 or 2
 * @param processId of the process under test, which a fault may replace by another
 */
export async function leavesNoDebris(
  fault: (round: number) => Promise<void>,
  processId: () => number = () => Deno.pid,
): Promise<void> {
  let grown: string[] = [];
  for (const round of [1, 2]) {
    const before = holding(processId());
    await fault(round);
    const endMs = performance.now() + RECOVERY_DEADLINE_MS;
    do {
      grown = growth(before, holding(processId()));
      if (grown.length === 0) return;
      await sleep(LOOK_INTERVAL_MS);
    } while (performance.now() < endMs);
  }
  assert.fail(`It leaves behind: ${grown.join(", ")}`);
}

/** What has grown by more than noise, as text. */
function growth(before: Holding, now: Holding): string[] {
  return (["descriptors", "residentBytes", "heapBytes"] as const)
    .filter((key) => now[key] > before[key] + NOISE[key])
    .map((key) => `${key} were ${before[key]}, are ${now[key]}`);
}

function holding(processId: number): Holding {
  collectGarbage();
  const { heapUsed, external } = Deno.memoryUsage();
  return { ...footprint(processId), heapBytes: heapUsed + external };
}

/** In this isolate. There is no other way to ask for it without a flag at the start. */
function collectGarbage(): void {
  v8.setFlagsFromString("--expose-gc");
  vm.runInNewContext("gc()");
}
