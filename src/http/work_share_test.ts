import assert from "node:assert/strict";
import { WorkShare } from "./work_share.ts";

function stage(limits: { share: number; burstMs: number; waitMsMax: number }) {
  const clock = { nowMs: 0 };
  const share = new WorkShare(limits, () => clock.nowMs);
  const work = (costMs: number) => () => {
    clock.nowMs += costMs;
    return clock.nowMs;
  };
  return { clock, share, work };
}

Deno.test("WorkShare.run() does what comes within its share at once, and in its order", async () => {
  const { share, work } = stage({ share: 0.1, burstMs: 20, waitMsMax: 500 });
  assert.deepEqual(await Promise.all([share.run(work(10)), share.run(work(10))]), [10, 20]);
});

Deno.test("WorkShare.run() does not do what would have to wait for too long", async () => {
  const { clock, share, work } = stage({ share: 0.1, burstMs: 20, waitMsMax: 500 });
  await share.run(work(100));
  // 100 ms of work take a second of its share, of which 200 ms are the burst.
  clock.nowMs = 299;
  assert.equal(await share.run(work(1)), undefined);
  clock.nowMs = 800;
  assert.equal(await share.run(work(1)), 801);
});

Deno.test("WorkShare.run() lets what is beyond its share wait", async () => {
  const { share, work } = stage({ share: 0.5, burstMs: 0, waitMsMax: 5000 });
  const startMs = performance.now();
  await share.run(work(20));
  await share.run(work(20));
  assert.ok(
    performance.now() - startMs >= 15,
    "as long as the first took, but for the timer's grain",
  );
});

Deno.test("WorkShare.run() goes on after work that fails", async () => {
  const { share, work } = stage({ share: 0.1, burstMs: 20, waitMsMax: 500 });
  await assert.rejects(
    share.run(() => {
      throw new Error("no");
    }),
    /no/,
  );
  assert.equal(await share.run(work(1)), 1);
});
