import assert from "node:assert/strict";
import { type Reader, ReadQueue } from "./read_queue.ts";

const ROOM: Reader = { purpose: "room" };

/** Somebody at an address, who waits for as long as the signal says. */
function at(
  purpose: "join" | "request",
  address = "192.0.2.1",
  { signal } = new AbortController(),
): Reader {
  return { purpose, address, signal };
}

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
  const answers = reads.map(({ run }) => queue.read(at("request"), run));
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
  const first = queue.read(at("request"), one.run);
  for (const { run } of [other, asked]) void queue.read(at("request"), run);
  void queue.read(ROOM, repair.run);
  one.end("");
  await first;
  assert.deepEqual([asked.isStarted, repair.isStarted], [false, true]);
});

Deno.test("ReadQueue.read() lets 200 requests wait, and refuses the next, but nobody who comes in", async () => {
  const queue = new ReadQueue(() => true);
  for (const { run } of heldReads(202)) void queue.read(at("request"), run);
  assert.equal(await queue.read(at("request"), () => Promise.resolve("late")), undefined);
  const joined = queue.read(at("join"), () => Promise.resolve("in"));
  assert.equal(await Promise.race([joined, Promise.resolve("waits")]), "waits");
});

Deno.test("ReadQueue.read() lets addresses take turns", async () => {
  // One address could hold all 5000 places, and whoever came in at another waited behind them.
  const queue = new ReadQueue(() => true);
  const order: string[] = [];
  const [one, other] = heldReads(2);
  assert.ok(one && other);
  for (const { run } of [one, other]) void queue.read(at("join"), run);
  const read = (address: string) =>
    queue.read(at("join", address), () => Promise.resolve(order.push(address)));
  const all = ["a", "a", "a", "b", "c"].map(read);
  one.end("");
  await Promise.all(all);
  assert.deepEqual(order, ["a", "b", "c", "a", "a"]);
});

Deno.test("ReadQueue.read() takes a place from the address with most for another that has none", async () => {
  const queue = new ReadQueue(() => true);
  const greedy = heldReads(202).map(({ run }) => queue.read(at("request"), run));
  const other = queue.read(at("request", "192.0.2.2"), () => Promise.resolve("in"));
  assert.equal(await greedy.at(-1), undefined);
  assert.equal(await Promise.race([other, Promise.resolve("waits")]), "waits");
});

Deno.test("ReadQueue.read() reads nothing for whom nobody waits any more, and frees the place", async () => {
  const queue = new ReadQueue(() => true);
  const [one, other, dropped] = heldReads(3);
  assert.ok(one && other && dropped);
  const first = queue.read(at("join"), one.run);
  void queue.read(at("join"), other.run);
  const leaving = new AbortController();
  const answer = queue.read(at("join", "192.0.2.1", leaving), dropped.run);
  leaving.abort();
  assert.equal(await answer, undefined);
  one.end("");
  await first;
  assert.equal(dropped.isStarted, false);
  assert.equal(await queue.read(at("join", "192.0.2.1", leaving), dropped.run), undefined);
});

// Whoever left a room was answered, and could go on, when a read that nobody waited for had ended.
Deno.test("ReadQueue.read() answers at once whoever waits no more for a read that runs, which keeps its place", async () => {
  const queue = new ReadQueue(() => true);
  const [left, other, next] = heldReads(3);
  assert.ok(left && other && next);
  const leaving = new AbortController();
  const answer = queue.read(at("join", "192.0.2.1", leaving), left.run);
  for (const { run } of [other, next]) void queue.read(at("join"), run);
  leaving.abort();
  assert.equal(await answer, undefined);
  assert.deepEqual([left.isStarted, next.isStarted], [true, false]);
});

Deno.test("ReadQueue.read() sends no further read to a database that is known to be away", async () => {
  let isThere = true;
  const queue = new ReadQueue(() => isThere);
  const [one, other, waiting] = heldReads(3);
  assert.ok(one && other && waiting);
  for (const { run } of [one, other]) void queue.read(at("join"), run);
  const answer = queue.read(at("join"), waiting.run);
  isThere = false;
  one.fail();
  assert.equal(await answer, undefined);
  assert.equal(waiting.isStarted, false);
});

Deno.test("ReadQueue.close() answers all who wait", async () => {
  const queue = new ReadQueue(() => true);
  const [, , waiting] = heldReads(3).map(({ run }) => queue.read(ROOM, run));
  queue.close();
  assert.equal(await waiting, undefined);
  assert.equal(await queue.read(ROOM, () => Promise.resolve("more")), undefined);
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
    const answer = queue.read(ROOM, first.run);
    void queue.read(ROOM, rooms[0]?.run ?? first.run);
    const joined = queue.read(at("join"), () => Promise.resolve("in"));
    laterMs = 11_000;
    for (const { run } of rooms.slice(1)) void queue.read(ROOM, run);
    first.end("");
    await answer;
    assert.equal(await Promise.race([joined, Promise.resolve("waits")]), undefined);
  } finally {
    performance.now = now;
  }
});
