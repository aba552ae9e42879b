/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { ClientFixture } from "../../../tests/support/client_fixture.ts";
import { TestSight } from "../../../tests/support/page_sight.ts";
import { type ProtocolSession, wireQuote } from "../../../tests/support/protocol_server.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { PageSight } from "../page_sight.ts";
import { pageStorage } from "../page_storage.ts";
import { BoardOrder } from "./board_order.ts";
import { BoardRows } from "./board_rows.ts";
import { BoardSettings } from "./board_settings.ts";
import { Watchlists } from "./watchlists.ts";

interface Scene {
  readonly order: BoardOrder;
  readonly rows: BoardRows;
  readonly sight: TestSight;
  readonly settings: BoardSettings;
  readonly watchlists: Watchlists;
  readonly session: ProtocolSession;
}

async function open(fixture: ClientFixture): Promise<Scene> {
  const storage = pageStorage(() => {
    throw new DOMException("forbidden");
  });
  const sight = new TestSight();
  const page = new PageSight(sight);
  const rows = new BoardRows(fixture.client, page);
  const settings = new BoardSettings(storage);
  const watchlists = new Watchlists(storage, new EventTarget());
  const order = new BoardOrder({ rows, watchlists, settings, sight: page });
  const session = await fixture.server.next();
  await session.welcome(5, ["A", "B", "C"].map((name, index) => wireQuote(name, 10 + index, 100)));
  await fixture.phase("live");
  return { order, rows, sight, settings, watchlists, session };
}

function shown({ order }: Scene): string {
  return order.shown.value.map(({ symbol }) => symbol).join("");
}

Deno.test("BoardOrder does not sort for each price, but a moment later", async () => {
  await using fixture = new ClientFixture();
  const scene = await open(fixture);
  scene.settings.sort.value = { column: "last", isDescending: true };
  assert.equal(shown(scene), "CBA");
  scene.session.update(6, [wireQuote("A", 99, 101)]);
  await waitFor("the price", () => scene.rows.get("A", "test")?.quote.price === 99);
  assert.equal(shown(scene), "CBA");
  await waitFor("the order", () => shown(scene) === "ACB");
  scene.sight.set("hidden");
});

Deno.test("BoardOrder gives the same list for the same order, so that nothing is drawn", async () => {
  await using fixture = new ClientFixture();
  const scene = await open(fixture);
  const before = scene.order.shown.value;
  scene.settings.sort.value = { column: "last", isDescending: false };
  assert.equal(scene.order.shown.value, before);
  scene.sight.set("hidden");
});

Deno.test("BoardOrder is right at once when a hidden page is shown", async () => {
  await using fixture = new ClientFixture();
  const scene = await open(fixture);
  scene.settings.sort.value = { column: "last", isDescending: true };
  scene.sight.set("hidden");
  scene.session.update(6, [wireQuote("A", 99, 101)]);
  await waitFor("the price", () => scene.rows.get("A", "test")?.quote.price === 99);
  scene.sight.set("visible");
  assert.equal(shown(scene), "ACB");
  scene.sight.set("hidden");
});

Deno.test("BoardOrder keeps a watchlist's own order, and takes search and source on top", async () => {
  await using fixture = new ClientFixture();
  const scene = await open(fixture);
  const id = scene.watchlists.add("Mine") ?? "";
  scene.watchlists.setSymbols(id, ["C", "missing", "A"]);
  scene.watchlists.choose(id);
  assert.equal(shown(scene), "CA");
  scene.order.search.value = "a";
  assert.equal(shown(scene), "A");
  scene.order.source.value = "other";
  assert.equal(shown(scene), "");
});
