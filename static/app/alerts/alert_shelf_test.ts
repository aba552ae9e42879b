/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import type { AlertRule } from "./alert_rule.ts";
import { AlertShelf, type AlertStorage } from "./alert_shelf.ts";

class MapStorage implements AlertStorage {
  readonly texts = new Map<string, string>();

  get length(): number {
    return this.texts.size;
  }

  key(index: number): string | null {
    return [...this.texts.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.texts.get(key) ?? null;
  }

  setItem(key: string, text: string): void {
    this.texts.set(key, text);
  }

  removeItem(key: string): void {
    this.texts.delete(key);
  }
}

function rule(madeAtMs = 0): AlertRule {
  return {
    id: crypto.randomUUID(),
    symbol: "A",
    source: null,
    condition: { kind: "above", price: 1 },
    madeAtMs,
    state: { kind: "armed" },
  };
}

Deno.test("AlertShelf keeps alerts over visits, in the order in which they were made", () => {
  const storage = new MapStorage();
  const shelf = new AlertShelf(storage);
  const [second, first, gone] = [rule(2), rule(1), rule(3)];
  for (const each of [second, first, gone]) assert.equal(shelf.put(each), undefined);
  shelf.remove(gone.id);
  assert.deepEqual(new AlertShelf(storage).rules.value, [first, second]);
});

Deno.test("AlertShelf takes what it cannot use for nothing", () => {
  const storage = new MapStorage();
  const good = rule();
  new AlertShelf(storage).put(good);
  const bad = ["", "{", "null", "[]", '{"id":"x"}', JSON.stringify({ ...good, symbol: "" })];
  bad.forEach((text, index) => storage.setItem(`quotewire.alert.${index}`, text));
  storage.setItem("quotewire.alert.other", JSON.stringify(good));
  assert.deepEqual(new AlertShelf(storage).rules.value, [good]);
});

Deno.test("AlertShelf.put() refuses more than a hundred, and changes those there are", () => {
  const shelf = new AlertShelf(new MapStorage());
  const first = rule();
  shelf.put(first);
  for (let made = 1; made < 100; made += 1) shelf.put(rule(made));
  assert.match(shelf.put(rule(100)) ?? "", /must be 100 at most/);
  assert.equal(shelf.put({ ...first, symbol: "B" }), undefined);
  assert.equal(shelf.rules.value[0]?.symbol, "B");
});

Deno.test("AlertShelf works without a storage, and with one that is full", () => {
  const full = new MapStorage();
  full.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  for (const shelf of [new AlertShelf(undefined), new AlertShelf(full)]) {
    shelf.put(rule());
    assert.equal(shelf.rules.value.length, 1);
  }
});
