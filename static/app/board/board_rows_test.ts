/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { ClientFixture } from "../../../tests/support/client_fixture.ts";
import { Frames, TestSight } from "../../../tests/support/page_sight.ts";
import { type ProtocolSession, wireQuote } from "../../../tests/support/protocol_server.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { PageSight } from "../page_sight.ts";
import type { BoardRow } from "./board_row.ts";
import { BoardRows } from "./board_rows.ts";

/** Three rows, of which the last is in view. */
interface Scene {
  readonly rows: BoardRows;
  readonly session: ProtocolSession;
  /** What was painted of the last row. */
  readonly painted: number[];
}

async function open(fixture: ClientFixture, sight = new TestSight()): Promise<Scene> {
  const rows = new BoardRows(fixture.client, new PageSight(sight));
  const session = await fixture.server.next();
  await session.welcome(5, [
    wireQuote("B", 10, 100, { open: 10 }),
    wireQuote("A", 10, 100, { open: 10 }),
    wireQuote("A", 11, 100, { open: 10, source: "second" }),
  ]);
  await fixture.phase("live");
  const painted: number[] = [];
  const row = rows.get("B", "test");
  assert.ok(row !== undefined);
  rows.show(row, { paint: () => painted.push(row.quote.price) });
  return { rows, session, painted };
}

function shown(rows: BoardRows): [string, string, number][] {
  return rows.all.value.map(({ symbol, source, quote }: BoardRow) => [
    symbol,
    source,
    quote.price,
  ]);
}

Deno.test("BoardRows sorts rows by symbol, then source, and counts symbols", async () => {
  await using fixture = new ClientFixture();
  const { rows } = await open(fixture);
  assert.deepEqual(shown(rows), [["A", "second", 11], ["A", "test", 10], ["B", "test", 10]]);
  assert.equal(rows.symbolCount.value, 2);
  assert.deepEqual(rows.sources.value, ["second", "test"]);
});

Deno.test("BoardRows paints a row once a frame, however many prices came, and no other", async () => {
  using frames = new Frames();
  await using fixture = new ClientFixture();
  const { rows, session, painted } = await open(fixture);
  const list = rows.all.value;
  for (let step = 1; step <= 5; step++) {
    session.update(5 + step, [
      wireQuote("B", 10 + step, 100 + step),
      wireQuote("A", 10 + step, 100 + step),
    ]);
  }
  await waitFor("the updates", () => fixture.client.quote("B", "test")?.price === 15);
  assert.equal(frames.waiting, 1);
  assert.deepEqual(painted, [10], "nothing before the frame");
  frames.run();
  assert.deepEqual(painted, [10, 15]);
  assert.equal(rows.get("A", "test")?.quote.price, 15, "what is not in view is kept all the same");
  assert.equal(rows.all.value, list, "no row came or went, so the list is the same");
});

Deno.test("BoardRows asks for no frame when nothing in view has changed", async () => {
  using frames = new Frames();
  await using fixture = new ClientFixture();
  const { rows, session } = await open(fixture);
  session.update(6, [wireQuote("A", 12, 101)]);
  await waitFor("the update", () => rows.get("A", "test")?.quote.price === 12);
  assert.equal(frames.waiting, 0);
});

Deno.test("BoardRows paints nothing while the page is hidden, and all at once when it is shown", async () => {
  using frames = new Frames();
  await using fixture = new ClientFixture();
  const sight = new TestSight();
  const { rows, session, painted } = await open(fixture, sight);
  sight.set("hidden");
  session.update(6, [wireQuote("B", 12, 101), wireQuote("C", 1, 101)]);
  await waitFor("the update", () => rows.get("B", "test")?.quote.price === 12);
  assert.equal(frames.waiting, 0);
  assert.deepEqual(painted, [10]);
  assert.equal(rows.all.value.length, 3);
  sight.set("visible");
  assert.deepEqual(painted, [10, 12], "before any frame");
  assert.equal(rows.all.value.length, 4);
});

Deno.test("BoardRows takes in a new symbol and forgets what a restarted server does not have", async () => {
  using frames = new Frames();
  await using fixture = new ClientFixture();
  const { rows, session } = await open(fixture);
  session.update(6, [wireQuote("AA", 1, 100)]);
  await waitFor("the update", () => frames.waiting === 1);
  frames.run();
  assert.deepEqual(shown(rows).map(([symbol]) => symbol), ["A", "A", "AA", "B"]);
  session.snapshot(1, [wireQuote("C", 1, 100)], { epoch: "epoch-2" });
  await waitFor("the snapshot", () => rows.all.value.length === 1);
  assert.deepEqual(shown(rows), [["C", "test", 1]]);
});

Deno.test("BoardRows stretches a known range by what arrives, and drops it with its day", async () => {
  await using fixture = new ClientFixture();
  const { rows, session } = await open(fixture);
  const row = rows.get("B", "test");
  assert.ok(row !== undefined);
  row.range = { day: 0, open: 10, high: 11, low: 9, certainty: "table" };
  session.update(6, [wireQuote("B", 12, 101)]);
  await waitFor("the high", () => row.range?.high === 12);
  assert.equal(row.range?.low, 9);
  session.update(7, [wireQuote("B", 5, 86_400)]);
  await waitFor("the next day", () => row.quote.price === 5);
  assert.equal(row.range, undefined);
});
