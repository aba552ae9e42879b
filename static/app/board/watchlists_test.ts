/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import type { PageStorage } from "../page_storage.ts";
import { WATCHLIST_LIMITS, Watchlists } from "./watchlists.ts";

const KEY = "quotewire.watchlists";

function memory(stored: Record<string, string> = {}): PageStorage {
  const items = new Map(Object.entries(stored));
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

function open(storage = memory()): Watchlists {
  return new Watchlists(storage, new EventTarget());
}

function shape({ lists }: Watchlists): [string, readonly string[]][] {
  return lists.value.map(({ name, symbols }) => [name, symbols]);
}

Deno.test("Watchlists are kept: lists, their order and which is shown", () => {
  const storage = memory();
  const before = open(storage);
  const [tech, banks] = [before.add("Tech"), before.add("Banks")];
  assert.ok(tech !== undefined && banks !== undefined);
  before.setSymbols(tech, ["MSFT", "AAPL", "MSFT"]);
  before.rename(tech, "Technology");
  before.move(banks, -1);
  before.choose(tech);
  const after = open(storage);
  assert.deepEqual(shape(after), [["Banks", []], ["Technology", ["MSFT", "AAPL"]]]);
  assert.equal(after.active.value?.name, "Technology");
});

Deno.test("Watchlists.toggle() marks in the shown list, else in the first, which it makes if need be", () => {
  const lists = open();
  lists.toggle("AAPL");
  assert.deepEqual(shape(lists), [["Watchlist", ["AAPL"]]]);
  lists.choose(lists.add("Second"));
  lists.toggle("MSFT");
  assert.deepEqual(shape(lists), [["Watchlist", ["AAPL"]], ["Second", ["MSFT"]]]);
  lists.toggle("MSFT");
  assert.deepEqual([...lists.starred.value], []);
});

Deno.test("Watchlists.restore() brings the removed list back to its place", () => {
  const lists = open();
  const first = lists.add("First");
  lists.add("Second");
  assert.ok(first !== undefined);
  lists.remove(first);
  assert.deepEqual(shape(lists), [["Second", []]]);
  lists.restore();
  assert.deepEqual(shape(lists), [["First", []], ["Second", []]]);
  assert.equal(lists.canRestore.value, false);
});

Deno.test("Watchlists take no second list of a name, none without, and no more than there may be", () => {
  const lists = open();
  lists.add("A");
  assert.equal(lists.add(" A "), undefined);
  assert.match(lists.notice.value, /already/);
  assert.equal(lists.add("  "), undefined);
  for (let index = 1; index < WATCHLIST_LIMITS.listsMax; index++) lists.add(`list ${index}`);
  assert.equal(lists.add("one more"), undefined);
  assert.match(lists.notice.value, /30 lists at most/);
});

Deno.test("Watchlists.setSymbols() holds a list to its size, and says so", () => {
  const lists = open();
  const id = lists.add("A") ?? "";
  const symbols = Array.from(
    { length: WATCHLIST_LIMITS.symbolsMax + 1 },
    (_, index) => `S${index}`,
  );
  lists.setSymbols(id, symbols);
  assert.equal(lists.get(id)?.symbols.length, WATCHLIST_LIMITS.symbolsMax);
  assert.match(lists.notice.value, /2000 symbols at most/);
});

Deno.test("Watchlists.merge() adds to lists of the same name, and makes the others", () => {
  const lists = open();
  lists.setSymbols(lists.add("A") ?? "", ["x"]);
  const added = lists.merge(new Map([["A", ["x", "y"]], ["B", ["z"]]]));
  assert.equal(added, 2);
  assert.deepEqual(shape(lists), [["A", ["x", "y"]], ["B", ["z"]]]);
});

Deno.test("Watchlists survive what cannot be read, and set it aside", () => {
  for (
    const broken of ["{", '{"lists":7}', '{"lists":[{"id":"a","name":"","symbols":[]}]}', "[]"]
  ) {
    const storage = memory({ [KEY]: broken });
    const lists = open(storage);
    assert.deepEqual(shape(lists), []);
    assert.match(lists.notice.value, /cannot be read/);
    lists.add("New");
    assert.equal(JSON.parse(storage.getItem(`${KEY}.unreadable`) ?? ""), broken);
    assert.deepEqual(shape(open(storage)), [["New", []]]);
  }
});

Deno.test("Watchlists work without a storage, and say that they will not last", () => {
  const refuse = () => {
    throw new DOMException("no room", "QuotaExceededError");
  };
  const lists = open({ getItem: refuse, setItem: refuse, removeItem: refuse });
  lists.toggle("AAPL");
  assert.deepEqual(shape(lists), [["Watchlist", ["AAPL"]]]);
  assert.match(lists.notice.value, /keeps nothing/);
});
