import assert from "node:assert/strict";
import { waitFor } from "../../tests/support/wait_for.ts";
import { FrameQueue, type FrameQueueLimits } from "./frame_queue.ts";
import type { Inflated } from "./inflate.ts";

/** A queue whose frames are decompressed when the test says so, and what it told its owner. */
class SlowQueue {
  readonly told: string[] = [];
  readonly queue: FrameQueue;
  readonly #held: (() => void)[] = [];

  constructor(limits?: FrameQueueLimits) {
    this.queue = new FrameQueue(
      (data) =>
        new Promise<Inflated>((resolve) => {
          this.#held.push(() => resolve({ kind: "text", text: String(data[0]), bytes: 1 }));
        }),
      {
        inflated: (inflated) => {
          if (inflated.kind === "text") this.told.push(inflated.text);
        },
        overflowed: (fault) => this.told.push(fault),
      },
      limits,
    );
  }

  push(...names: number[]): void {
    for (const name of names) this.queue.push(new Uint8Array([name]));
  }

  /** Lets the frame be decompressed whose turn it is. */
  async inflateNext(): Promise<void> {
    const release = await waitFor("a frame's turn", () => this.#held.shift());
    release();
  }
}

Deno.test("FrameQueue delivers frames in the order in which they came", async () => {
  const slow = new SlowQueue();
  slow.push(1, 2);
  await slow.inflateNext();
  slow.push(3);
  await slow.inflateNext();
  await slow.inflateNext();
  await waitFor("all frames", () => slow.told.length === 3);
  assert.deepEqual(slow.told, ["1", "2", "3"]);
});

Deno.test("FrameQueue.after() waits for the frames before it, and for nothing when there is none", async () => {
  const slow = new SlowQueue();
  slow.queue.after(() => slow.told.push("at once"));
  assert.deepEqual(slow.told, ["at once"]);
  slow.push(1);
  slow.queue.after(() => slow.told.push("after 1"));
  await slow.inflateNext();
  await waitFor("the task", () => slow.told.length === 3);
  assert.deepEqual(slow.told, ["at once", "1", "after 1"]);
});

Deno.test("FrameQueue.close() forgets the frame under way and those behind it", async () => {
  const slow = new SlowQueue();
  slow.push(1, 2);
  slow.queue.after(() => slow.told.push("task"));
  slow.queue.close();
  await slow.inflateNext();
  await Promise.resolve();
  slow.push(3);
  assert.deepEqual(slow.told, []);
});

Deno.test("FrameQueue takes no more than may wait, and says so once", () => {
  const slow = new SlowQueue({ framesMax: 2, bytesMax: 100 });
  slow.push(1, 2, 3, 4);
  assert.equal(slow.told.length, 1);
  assert.match(String(slow.told[0]), /at most 2 frames of 100 bytes may wait/);
});
