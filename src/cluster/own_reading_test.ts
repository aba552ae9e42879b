import assert from "node:assert/strict";
import type { FeedSink } from "../feed/feed.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import { OwnReading } from "./own_reading.ts";

type Word = FeedStatus["status"];

/** What the sink is told of a feed that says these things of itself, one after the other. */
async function told(said: readonly Word[], started: readonly Word[]): Promise<Word[]> {
  const heard: Word[] = [];
  let feedSink: FeedSink | undefined;
  const reading = new OwnReading(
    (sink) => {
      feedSink = sink;
      return {
        run: () => {
          for (const status of said) sink.status({ status, mode: "listen", ageMs: 0 });
          return Promise.resolve();
        },
      };
    },
    { beginning: () => {}, quotes: () => {}, status: ({ status }) => heard.push(status) },
    started,
  );
  await reading.stop();
  feedSink?.status({ status: "down", mode: "listen", ageMs: 0 });
  return heard;
}

Deno.test("OwnReading keeps to itself how a feed starts, until it is as good as what was before", async () => {
  const said = ["down", "delayed", "live", "delayed", "down"] as const;
  assert.deepEqual(await told(said, ["live"]), ["live", "delayed", "down"]);
  const fromDelayed = await told(said, ["live", "delayed"]);
  assert.deepEqual(fromDelayed, ["delayed", "live", "delayed", "down"]);
});

Deno.test("OwnReading tells nothing after it was stopped", async () => {
  assert.deepEqual(await told([], ["live"]), []);
});

Deno.test("OwnReading.isStarting until the feed has said otherwise once, which a new start does not undo", async () => {
  let feedSink: FeedSink | undefined;
  const reading = new OwnReading(
    (sink) => {
      feedSink = sink;
      return { run: () => Promise.resolve() };
    },
    { beginning: () => {}, quotes: () => {}, status: () => {} },
    ["live"],
  );
  const down = { status: "down", mode: "listen", ageMs: 0 } as const;
  feedSink?.status(down, true);
  const isStarting = [reading.isStarting];
  for (const isSaid of [false, true]) {
    feedSink?.status(down, isSaid);
    isStarting.push(reading.isStarting);
  }
  assert.deepEqual(isStarting, [true, false, false]);
  await reading.stop();
});
