/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { ClientFixture } from "../../../tests/support/client_fixture.ts";
import { TestSight } from "../../../tests/support/page_sight.ts";
import { type ProtocolSession, wireQuote } from "../../../tests/support/protocol_server.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { PageSight } from "../page_sight.ts";
import type { BoardRow } from "./board_row.ts";
import { BoardRows } from "./board_rows.ts";
import { askAgainMs, DayRanges } from "./day_ranges.ts";

const NOW = Math.floor(Date.now() / 1000);
const DAY = { symbol: "A", source: "test", open: 8, high: 15, low: 7 };

/** The API over HTTP, with answers that the test chooses. */
class Api implements AsyncDisposable {
  answer: () => Response | Promise<Response> = () => Response.json({ days: [DAY] });
  asked = 0;
  readonly #server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async () => {
    this.asked += 1;
    return await this.answer();
  });

  async fetch(path: string, signal: AbortSignal): Promise<Response> {
    return await fetch(`http://127.0.0.1:${this.#server.addr.port}${path}`, { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

async function open(
  fixture: ClientFixture,
  api: Api,
  sight = new TestSight(),
): Promise<[BoardRow, ProtocolSession]> {
  const page = new PageSight(sight);
  const rows = new BoardRows(fixture.client, page);
  new DayRanges({ rows, feed: fixture.client, access: api, sight: page });
  const session = await fixture.server.next();
  await session.welcome(5, [wireQuote("A", 10, NOW)]);
  await fixture.phase("live");
  const row = rows.get("A", "test");
  assert.ok(row !== undefined);
  return [row, session];
}

function extremes({ range }: BoardRow): [number, number, string] | undefined {
  return range === undefined ? undefined : [range.low, range.high, range.certainty];
}

Deno.test("DayRanges asks at the start, and stretches the answer by what arrives", async () => {
  await using api = new Api();
  await using fixture = new ClientFixture();
  const [row, session] = await open(fixture, api);
  await waitFor("the answer", () => row.range !== undefined);
  assert.deepEqual(extremes(row), [7, 15, "table"]);
  session.update(6, [wireQuote("A", 16, NOW + 1)]);
  await waitFor("the new high", () => row.range?.high === 16);
  session.update(7, [wireQuote("A", 12, NOW + 2)]);
  await waitFor("the price", () => row.quote.price === 12);
  assert.deepEqual(extremes(row), [7, 16, "table"]);
});

Deno.test("DayRanges asks again after a snapshot, and knows nothing until it is answered", async () => {
  await using api = new Api();
  await using fixture = new ClientFixture();
  const [row, session] = await open(fixture, api);
  await waitFor("the answer", () => row.range !== undefined);
  const held = Promise.withResolvers<void>();
  api.answer = async () => {
    await held.promise;
    return Response.json({ days: [{ ...DAY, high: 20 }] });
  };
  session.snapshot(6, [wireQuote("A", 11, NOW + 1)]);
  await waitFor("the question", () => api.asked === 2);
  assert.equal(row.range, undefined);
  held.resolve();
  await waitFor("the answer", () => row.range !== undefined);
  assert.deepEqual(extremes(row), [7, 20, "table"]);
});

Deno.test("DayRanges calls the extremes bounds once prices were left out", async () => {
  await using api = new Api();
  await using fixture = new ClientFixture();
  const [row, session] = await open(fixture, api);
  await waitFor("the answer", () => row.range !== undefined);
  session.update(6, [wireQuote("A", 11, NOW + 1)], 3);
  await waitFor("the doubt", () => row.range?.certainty === "bound");
  assert.deepEqual(extremes(row), [7, 15, "bound"]);
});

Deno.test("DayRanges takes what covers a part of the day as bounds, and its open as none", async () => {
  await using api = new Api();
  api.answer = () => Response.json({ days: [DAY], coverage: "filling" });
  await using fixture = new ClientFixture();
  const [row] = await open(fixture, api);
  await waitFor("the answer", () => row.range !== undefined);
  assert.deepEqual(extremes(row), [7, 15, "bound"]);
  assert.equal(row.range?.open, undefined);
});

Deno.test("DayRanges leaves the extremes unknown where the answer is none", async () => {
  const answers = [
    () => new Response("gone", { status: 503 }),
    () => new Response("not JSON"),
    () => Response.json({ days: [{ ...DAY, high: -1 }] }),
    () => Response.json({ days: [{ ...DAY, symbol: "B" }] }),
  ];
  for (const answer of answers) {
    await using api = new Api();
    api.answer = answer;
    await using fixture = new ClientFixture();
    const [row, session] = await open(fixture, api);
    await waitFor("the question", () => api.asked === 1);
    session.update(6, [wireQuote("A", 11, NOW + 1)]);
    await waitFor("the price", () => row.quote.price === 11);
    assert.equal(row.range, undefined);
  }
});

Deno.test("DayRanges does not ask while the page is hidden, and asks when it is shown", async () => {
  await using api = new Api();
  await using fixture = new ClientFixture();
  const sight = new TestSight();
  sight.set("hidden");
  const [row] = await open(fixture, api, sight);
  assert.equal(api.asked, 0);
  sight.set("visible");
  await waitFor("the answer", () => row.range !== undefined);
  assert.equal(api.asked, 1);
});

Deno.test("askAgainMs() is the shorter the fewer rows there are, from 5 s to a minute", () => {
  // With a minute for all, the extreme of a burst of eight symbols was missing for as long.
  assert.deepEqual([0, 8, 500, 2000, 10_000].map(askAgainMs), [5000, 5000, 15_000, 60_000, 60_000]);
});
