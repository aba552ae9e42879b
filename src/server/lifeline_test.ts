import assert from "node:assert/strict";
import { sleep } from "../lifecycle.ts";
import { type Beat, Lifeline, LIFELINE_LIMITS, type LifelineLimits } from "./lifeline.ts";

const BEAT_ONCE = "onmessage = ({ data: { port, beat } }) => port.postMessage(beat)";

/** A worker that beats once, and the lifeline by which it was given up. */
async function givenUp(limits: Partial<LifelineLimits>, beat: Beat) {
  const { promise: fault, resolve } = Promise.withResolvers<string>();
  const lifeline = new Lifeline({ ...LIFELINE_LIMITS, ...limits }, resolve);
  const worker = new Worker(`data:text/javascript,${BEAT_ONCE}`, { type: "module" });
  worker.postMessage({ port: lifeline.port, beat }, [lifeline.port]);
  await fault;
  return { lifeline, worker };
}

// Where nothing else had loaded node:worker_threads, the end of no worker was noticed.
Deno.test("Lifeline.ended() leaves time to a worker that was given up while it still beat", async () => {
  // A worker that a flood had filled with a gigabyte took more than five seconds to end on an overloaded
  // machine, was taken for one that hangs, and the whole server ended.
  const limits = { endDeadlineMs: 60_000, silentEndDeadlineMs: 1 };
  const { lifeline, worker } = await givenUp(limits, { heapBytes: 9, heapBytesMax: 10 });
  const ended = lifeline.ended();
  await sleep(50);
  worker.terminate();
  assert.equal(await ended, true);
});

Deno.test("Lifeline.ended() leaves less to one that has fallen silent", async () => {
  const limits = { missedBeatsMax: 0, endDeadlineMs: 60_000, silentEndDeadlineMs: 1 };
  const { lifeline, worker } = await givenUp(limits, { heapBytes: 1, heapBytesMax: 10 });
  assert.equal(await lifeline.ended(), false);
  worker.terminate();
});
