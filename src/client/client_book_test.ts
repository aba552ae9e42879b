import assert from "node:assert/strict";
import { wireQuote } from "../../tests/support/protocol_server.ts";
import type { WireQuote } from "../session/protocol.ts";
import { ClientBook } from "./client_book.ts";

function snapshot(
  seq: number,
  quotes: WireQuote[],
  rest: { epoch?: string; complete?: boolean } = {},
) {
  return { type: "snapshot", epoch: "a", seq, quotes, complete: true, ...rest } as const;
}

function update(seq: number, quotes: WireQuote[]) {
  return { type: "update", seq, quotes } as const;
}

function prices(book: ClientBook): [string, number][] {
  return [...book.quotes()].map(({ symbol, price }) => [symbol, price]);
}

Deno.test("ClientBook.applySnapshot() shows nothing before the last frame", () => {
  const book = new ClientBook({ historyMax: 0 });
  assert.equal(book.applySnapshot(snapshot(5, [wireQuote("A", 1, 1)], { complete: false })), false);
  assert.equal(book.size, 0);
  assert.equal(book.position, undefined);
  assert.equal(book.applySnapshot(snapshot(5, [wireQuote("B", 2, 1)])), true);
  assert.deepEqual(prices(book), [["A", 1], ["B", 2]]);
  assert.deepEqual(book.position, { epoch: "a", seq: 5 });
});

Deno.test("ClientBook.applySnapshot() of another epoch takes no price back that its server has not read yet", () => {
  // A client that a rolling restart sent to a server in poll mode saw prices of some seconds ago again.
  const book = new ClientBook({ historyMax: 0 });
  book.applySnapshot(snapshot(50, [wireQuote("A", 1, 100), wireQuote("B", 2, 100)]));
  const other = [wireQuote("A", 9, 99), wireQuote("B", 3, 100, { time: 99_999 })];
  book.applySnapshot(snapshot(3, other, { epoch: "b" }));
  assert.deepEqual(prices(book), [["A", 1], ["B", 2]]);
  assert.deepEqual(book.position, { epoch: "b", seq: 3 });
});

Deno.test("ClientBook.applySnapshot() of another epoch replaces everything, even by earlier prices, if written later", () => {
  const book = new ClientBook({ historyMax: 0 });
  book.applySnapshot(snapshot(50, [wireQuote("A", 1, 100), wireQuote("B", 2, 100)]));
  book.applySnapshot(snapshot(3, [wireQuote("A", 9, 50, { time: 101_000 })], { epoch: "b" }));
  assert.deepEqual(prices(book), [["A", 9]]);
  assert.deepEqual(book.position, { epoch: "b", seq: 3 });
});

Deno.test("ClientBook.applySnapshot() that is empty takes nothing away before its server has read the table", () => {
  // A rolling restart sent clients to a server whose first read was late: their boards were empty until
  // then, and showed prices afterwards that were older than those that they had shown before.
  const book = new ClientBook({ historyMax: 0 });
  book.applySnapshot(snapshot(50, [wireQuote("A", 1, 100)]));
  assert.equal(book.applySnapshot(snapshot(0, [], { epoch: "unread" })), true);
  assert.deepEqual(book.heard("down"), []);
  assert.deepEqual(prices(book), [["A", 1]]);
  assert.deepEqual(book.position, { epoch: "a", seq: 50 });
  book.applySnapshot(snapshot(0, [wireQuote("A", 9, 99), wireQuote("B", 2, 90)], { epoch: "b" }));
  assert.deepEqual(prices(book), [["A", 1], ["B", 2]]);
  assert.deepEqual(book.heard("live"), []);
});

Deno.test("ClientBook.heard() lets an empty snapshot hold once its server has read the table", () => {
  const book = new ClientBook({ historyMax: 0 });
  book.applySnapshot(snapshot(50, [wireQuote("A", 1, 100)]));
  book.applySnapshot(snapshot(3, [], { epoch: "b" }));
  assert.deepEqual(book.heard("delayed").map(({ symbol }) => symbol), ["A"]);
  assert.deepEqual(prices(book), []);
  assert.equal(book.position, undefined, "nothing to resume from");
});

Deno.test("ClientBook.applyUpdate() lets an empty snapshot hold: its server has read the table", () => {
  const book = new ClientBook({ historyMax: 0 });
  book.applySnapshot(snapshot(50, [wireQuote("A", 1, 100)]));
  book.applySnapshot(snapshot(0, [], { epoch: "b" }));
  book.applyUpdate(update(1, [wireQuote("B", 2, 101)]));
  assert.deepEqual(prices(book), [["B", 2]]);
  assert.deepEqual(book.heard("live"), []);
});

Deno.test("ClientBook.dropStaged() forgets an empty snapshot that does not hold yet", () => {
  const book = new ClientBook({ historyMax: 0 });
  book.applySnapshot(snapshot(50, [wireQuote("A", 1, 100)]));
  book.applySnapshot(snapshot(0, [], { epoch: "unread" }));
  book.dropStaged();
  // The next server says how its feed is before it has sent its snapshot.
  assert.deepEqual(book.heard("live"), []);
  assert.deepEqual(prices(book), [["A", 1]]);
});

Deno.test("ClientBook.applySnapshot() of the same epoch takes no price back and drops none", () => {
  const book = new ClientBook({ historyMax: 0 });
  book.applySnapshot(snapshot(5, [wireQuote("A", 1, 100), wireQuote("B", 2, 100)]));
  book.applySnapshot(snapshot(4, [wireQuote("A", 9, 50), wireQuote("C", 3, 100)]));
  assert.deepEqual(prices(book), [["A", 1], ["B", 2], ["C", 3]]);
  assert.deepEqual(book.position, { epoch: "a", seq: 4 }, "C is known up to there");
});

Deno.test("ClientBook.applySnapshot() forgets the frames of a snapshot that another epoch ended", () => {
  // What the old epoch had and the new one has not was shown for good.
  const book = new ClientBook({ historyMax: 0 });
  book.applySnapshot(snapshot(5, [wireQuote("GONE", 1, 1)], { complete: false }));
  book.applySnapshot(snapshot(0, [wireQuote("A", 2, 1)], { epoch: "b" }));
  assert.deepEqual(prices(book), [["A", 2]]);
});

Deno.test("ClientBook.applySnapshot() keeps an update that came between its frames", () => {
  const book = new ClientBook({ historyMax: 2 });
  const history: [number, number][] = [[99, 1], [100, 2]];
  book.applySnapshot(
    snapshot(5, [wireQuote("A", 2, 100, { open: 1, history })], { complete: false }),
  );
  book.applyUpdate(update(6, [wireQuote("A", 3, 101)]));
  book.applySnapshot(snapshot(5, []));
  assert.equal(book.get("A", "test")?.price, 3);
  assert.equal(book.get("A", "test")?.open, 1);
  assert.deepEqual(book.get("A", "test")?.history.map(({ price }) => price), [2, 3]);
});

Deno.test("ClientBook.applyUpdate() returns only what changed", () => {
  const book = new ClientBook({ historyMax: 0 });
  book.applySnapshot(snapshot(5, [wireQuote("A", 1, 100), wireQuote("B", 2, 100)]));
  const changed = book.applyUpdate(
    update(6, [wireQuote("A", 9, 99), wireQuote("B", 3, 101), wireQuote("C", 4, 1)]),
  );
  assert.deepEqual(changed.map(({ symbol }) => symbol), ["B", "C"]);
  assert.deepEqual(book.position, { epoch: "a", seq: 6 });
});

Deno.test("ClientBook.position never goes back within an epoch", () => {
  const book = new ClientBook({ historyMax: 0 });
  book.applySnapshot(snapshot(5, []));
  book.applyUpdate(update(9, []));
  book.applyUpdate(update(7, []));
  assert.deepEqual(book.position, { epoch: "a", seq: 9 });
});

Deno.test("ClientBook.dropStaged() forgets a snapshot whose connection died", () => {
  const book = new ClientBook({ historyMax: 0 });
  book.applySnapshot(snapshot(5, [wireQuote("A", 1, 1)], { complete: false }));
  book.dropStaged();
  book.applySnapshot(snapshot(1, [wireQuote("B", 2, 1)], { epoch: "b" }));
  assert.deepEqual(prices(book), [["B", 2]]);
});

Deno.test("ClientBook refuses further keys when it is full, and still updates those it has", () => {
  const book = new ClientBook({ historyMax: 0, keysMax: 2 });
  book.applySnapshot(snapshot(1, ["A", "B", "C"].map((symbol) => wireQuote(symbol, 1, 1))));
  book.applyUpdate(update(2, [wireQuote("D", 1, 1), wireQuote("A", 2, 2)]));
  assert.deepEqual(prices(book), [["A", 2], ["B", 1]]);
});

Deno.test("ClientBook.retain() returns what it forgot", () => {
  const book = new ClientBook({ historyMax: 0 });
  book.applySnapshot(snapshot(1, [wireQuote("A", 1, 1), wireQuote("B", 1, 1)]));
  const removed = book.retain(({ symbol }) => symbol === "A");
  assert.deepEqual(removed.map(({ symbol }) => symbol), ["B"]);
  assert.equal(book.size, 1);
});
