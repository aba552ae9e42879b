import assert from "node:assert/strict";
import { ReadQueue } from "./read_queue.ts";

/** A read that ends when the test says so. */
class HeldRead {
  isStarted = false;
  readonly #done = Promise.withResolvers<string>();

  readonly run = (): Promise<string> => {
    this.isStarted = true;
    return this.#done.promise;
  };

  end(answer: string): void {
    this.#done.resolve(answer);
  }

  fail(): void {
    this.#done.reject(new Error("Cannot read: the test says so"));
  }
}

function heldReads(count: number): HeldRead[] {
  return Array.from({ length: count }, () => new HeldRead());
}

Deno.test("ReadQueue.read() lets two reads through at once, and the next when one of them has ended", async () => {
  const queue = new ReadQueue(() => true);
  const reads = heldReads(4);
  const answers = reads.map(({ run }) => queue.read("request", run));
  const started = () => reads.map(({ isStarted }) => isStarted);
  assert.deepEqual(started(), [true, true, false, false]);
  reads[1]?.end("second");
  assert.equal(await answers[1], "second");
  assert.deepEqual(started(), [true, true, true, false]);
  reads[0]?.fail();
  assert.equal(await answers[0], undefined);
  assert.deepEqual(started(), [true, true, true, true]);
});

Deno.test("ReadQueue.read() reads for whole rooms first", async () => {
  const queue = new ReadQueue(() => true);
  const [one, other, asked, repair] = heldReads(4);
  assert.ok(one && other && asked && repair);
  const first = queue.read("request", one.run);
  for (const { run } of [other, asked]) void queue.read("request", run);
  void queue.read("room", repair.run);
  one.end("");
  await first;
  assert.deepEqual([asked.isStarted, repair.isStarted], [false, true]);
});

Deno.test("ReadQueue.read() lets 200 requests wait, and refuses the next, but nobody who comes in", async () => {
  const queue = new ReadQueue(() => true);
  for (const { run } of heldReads(202)) void queue.read("request", run);
  assert.equal(await queue.read("request", () => Promise.resolve("late")), undefined);
  const joined = queue.read("join", () => Promise.resolve("in"));
  assert.equal(await Promise.race([joined, Promise.resolve("waits")]), "waits");
});

Deno.test("ReadQueue.read() sends no further read to a database that is known to be away", async () => {
  let isThere = true;
  const queue = new ReadQueue(() => isThere);
  const [one, other, waiting] = heldReads(3);
  assert.ok(one && other && waiting);
  for (const { run } of [one, other]) void queue.read("join", run);
  const answer = queue.read("join", waiting.run);
  isThere = false;
  one.fail();
  assert.equal(await answer, undefined);
  assert.equal(waiting.isStarted, false);
});

Deno.test("ReadQueue.close() answers all who wait", async () => {
  const queue = new ReadQueue(() => true);
  const [, , waiting] = heldReads(3).map(({ run }) => queue.read("room", run));
  queue.close();
  assert.equal(await waiting, undefined);
  assert.equal(await queue.read("room", () => Promise.resolve("more")), undefined);
});

Deno.test("ReadQueue.read() gives up whoever has waited 10 s, though rooms go first all the time", async () => {
  // As long as rooms had something to read, nobody looked how long the others had been waiting.
  const { now } = performance;
  let laterMs = 0;
  performance.now = () => now.call(performance) + laterMs;
  try {
    const queue = new ReadQueue(() => true);
    const [first, ...rooms] = heldReads(4);
    assert.ok(first !== undefined);
    const answer = queue.read("room", first.run);
    void queue.read("room", rooms[0]?.run ?? first.run);
    const joined = queue.read("join", () => Promise.resolve("in"));
    laterMs = 11_000;
    for (const { run } of rooms.slice(1)) void queue.read("room", run);
    first.end("");
    await answer;
    assert.equal(await Promise.race([joined, Promise.resolve("waits")]), undefined);
  } finally {
    performance.now = now;
  }
});
