/// <reference lib="dom" />
import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { CHAT_LIMITS, roomSchema, usernameSchema } from "../../src/session/chat_protocol.ts";
import { type AlertRule, alertRuleSchema, ALERTS_MAX } from "../../static/app/alerts/alert_rule.ts";
import { AlertShelf, type AlertStorage } from "../../static/app/alerts/alert_shelf.ts";
import { readSettings, writeSettings } from "../../static/app/chat/chat_settings.ts";
import { type CandlePage, readCandlePage } from "../../static/app/symbol/candle_requests.ts";

/** What the page reads: the server's candles, and what stands in the browser's storage. */

const plain = { noNullPrototype: true } as const;
const aText = fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.json());
/** As JSON carries them: minus zero and what is not finite do not come back. */
const aFinite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const aPrice = fc.double({ min: 0, minExcluded: true, noNaN: true, noDefaultInfinity: true });
const noPrice = fc.constantFrom<unknown>(0, -1, null, "1", [1], undefined);
const noNumber = fc.constantFrom<unknown>(null, "1", [1], {}, true, undefined);

const aPage: fc.Arbitrary<CandlePage> = fc.record({
  candles: fc.array(
    fc.record({
      time: fc.maxSafeInteger().map((time) => time + 0),
      open: aPrice,
      high: aPrice,
      low: aPrice,
      close: aPrice,
      count: fc.maxSafeNat(),
      final: fc.boolean(),
    }, plain),
    { minLength: 1, maxLength: 4 },
  ),
  more: fc.boolean(),
  coverage: fc.constantFrom("ready", "filling", "behind", "absent"),
}, plain);
/** What a candle must not have in one of its fields. */
const aCandleFault = fc.oneof(
  fc.tuple(fc.constantFrom("open", "high", "low", "close"), noPrice),
  fc.tuple(fc.constant("time"), fc.oneof(noNumber, fc.constant(0.5))),
  fc.tuple(fc.constant("count"), fc.oneof(noNumber, fc.constantFrom(0.5, -1, 2 ** 53))),
  fc.tuple(fc.constant("final"), fc.constantFrom<unknown>(0, "true", null, undefined)),
);
const aPageFault = fc.oneof(
  fc.tuple(fc.constant("candles"), fc.constantFrom<unknown>(null, {}, [null], [[]], undefined)),
  fc.tuple(fc.constant("more"), fc.constantFrom<unknown>(0, "true", null, undefined)),
  fc.tuple(fc.constant("coverage"), fc.constantFrom<unknown>("", "toString", null, undefined)),
);

Deno.test("readCandlePage() gives back every page of the server, without fields it does not know", () => {
  fc.assert(fc.property(aPage, fc.jsonValue(), (page, more) => {
    const candles = page.candles.map((candle) => ({ ...candle, of_a_later_version: more }));
    const text = JSON.stringify({ ...page, candles, of_a_later_version: more });
    assert.deepEqual(readCandlePage(text), page);
  }));
});

// The words of a parser stood on the page where a proxy had answered in the server's place.
Deno.test("readCandlePage() says to the user what is wrong with any other text", () => {
  const spoilt = fc.oneof(
    fc.tuple(aPage, aPageFault).map(([page, [field, value]]) => ({ ...page, [field]: value })),
    fc.tuple(aPage, fc.nat(), aCandleFault).map(([page, at, [field, value]]) => {
      const index = at % page.candles.length;
      const candles = page.candles.map((one, n) => n === index ? { ...one, [field]: value } : one);
      return { ...page, candles };
    }),
  ).map((page) => JSON.stringify(page));
  fc.assert(fc.property(fc.oneof(spoilt, aText), (text) => {
    const message = "the server's answer is not one of candles";
    assert.throws(() => readCandlePage(text), { name: "Error", message });
  }));
});

const aRoom = fc.stringMatching(/^[a-z][a-z0-9:-]{0,63}$/);
const noRoom = fc.constantFrom<unknown>("", " ", "a\0b", "x".repeat(65), 7, null, {}, ["lobby"]);
const aUsername = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,31}$/)
  .filter((name) => name.toLowerCase() !== "system");
const noUsername = fc.constantFrom<unknown>("", "<b>", "x".repeat(33), "system", 7, null, ["ada"]);

Deno.test("readSettings() gives rooms and a name that the chat takes, whatever a browser keeps", () => {
  const text = fc.oneof(
    aText,
    fc.record({ username: fc.jsonValue(), rooms: fc.array(aText) }).map((kept) =>
      JSON.stringify(kept)
    ),
  );
  fc.assert(fc.property(text, (kept) => {
    const { username, rooms } = readSettings({ getItem: () => kept, setItem() {} });
    if (username !== undefined) assert.equal(v.parse(usernameSchema, username), username);
    for (const room of rooms) assert.equal(v.parse(roomSchema, room), room);
    assert.equal(new Set(rooms).size, rooms.length);
    assert.ok(rooms.length <= CHAT_LIMITS.roomsMax);
  }));
});

Deno.test("readSettings() gives back what writeSettings() wrote, without what somebody put between", () => {
  const rooms = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: aRoom.map((room) => ({ room, isGood: true })) },
      noRoom.map((room) => ({ room, isGood: false })),
    ),
    { maxLength: 40, size: "max" },
  );
  const name = fc.oneof(
    fc.option(aUsername, { nil: undefined }).map((username) => ({ username, isGood: true })),
    noUsername.map((username) => ({ username, isGood: false })),
  );
  fc.assert(fc.property(rooms, name, (rooms, { username, isGood }) => {
    const kept = JSON.stringify({ username, rooms: rooms.map(({ room }) => room) });
    const read = readSettings({ getItem: () => kept, setItem() {} });
    const good = rooms.filter(({ isGood }) => isGood).map(({ room }) => room);
    const first = [...new Set(good)].slice(0, 20);
    assert.deepEqual(read, { username: isGood ? username : undefined, rooms: first });
    let written: string | null = null;
    writeSettings({ getItem: () => null, setItem: (_key, text) => written = text }, read);
    assert.deepEqual(readSettings({ getItem: () => written, setItem() {} }), read);
  }));
});

// A character may be two code units, by which the limit counts.
const aSymbol = fc.string({ unit: "binary", minLength: 1, maxLength: 16 });
const noSymbol = fc.constantFrom<unknown>("", "x".repeat(33), 7, [], undefined);
const aPercent = fc.double({ min: -99.99, max: 10_000, noNaN: true }).filter((value) =>
  value !== 0
);
const aRule: fc.Arbitrary<AlertRule> = fc.record({
  id: fc.uuid(),
  symbol: aSymbol,
  source: fc.option(aSymbol),
  condition: fc.oneof(
    fc.record({ kind: fc.constantFrom("above" as const, "below" as const), price: aPrice }, plain),
    fc.record({
      kind: fc.constant("percent" as const),
      percent: aPercent,
      from: fc.oneof(fc.constant("open" as const), aPrice),
    }, plain),
  ),
  madeAtMs: aFinite,
  state: fc.oneof(
    fc.record({ kind: fc.constantFrom("armed" as const, "leaving" as const) }, plain),
    fc.record({
      kind: fc.constant("fired" as const),
      atMs: aFinite,
      price: aPrice,
      source: aSymbol,
      timestamp: aFinite,
      sight: fc.constantFrom("live" as const, "set" as const, "away" as const),
      isSeen: fc.boolean(),
    }, plain),
  ),
}, plain);
/** What an alert must not have in one of its fields. */
const aRuleFault = fc.oneof(
  fc.tuple(fc.constantFrom("symbol", "source"), noSymbol),
  fc.tuple(fc.constant("madeAtMs"), noNumber),
  fc.tuple(
    fc.constant("condition"),
    fc.oneof(
      noPrice.map((price) => ({ kind: "above", price })),
      noPrice.map((from) => ({ kind: "percent", percent: 1, from })),
      fc.constantFrom<unknown>(0, -100, 10_001, null).map((percent) => ({
        kind: "percent",
        percent,
        from: "open",
      })),
      fc.constantFrom<unknown>(null, [], {}, { kind: "__proto__" }),
    ),
  ),
  fc.tuple(
    fc.constant("state"),
    fc.constantFrom<unknown>(null, "armed", {}, { kind: "fired" }, { kind: "toString" }),
  ),
);

Deno.test("AlertShelf has the alerts that another one put there, and none that cannot be one", () => {
  const shown = fc.uniqueArray(aRule, { selector: ({ id }) => id, maxLength: 6 });
  const spoilt = fc.array(fc.tuple(aRule, aRuleFault), { maxLength: 6 });
  fc.assert(fc.property(shown, spoilt, aRule, (rules, faulty, moved) => {
    const storage = new TextStorage();
    for (const [rule, [field, value]] of faulty) {
      storage.setItem(`quotewire.alert.${rule.id}`, JSON.stringify({ ...rule, [field]: value }));
    }
    // Under another's name it would be there twice after its next change.
    storage.setItem("quotewire.alert.other", JSON.stringify(moved));
    const shelf = new AlertShelf(storage);
    assert.deepEqual(shelf.rules.value, []);
    for (const rule of rules) assert.equal(shelf.put(rule), undefined);
    assert.deepEqual(new AlertShelf(storage).rules.value, shelf.rules.value);
    assert.deepEqual(byId(shelf.rules.value), byId(rules));
  }));
});

Deno.test("AlertShelf has a hundred alerts at most, oldest first, whatever a browser keeps", () => {
  const text = fc.oneof(
    aText,
    fc.tuple(aRule, aRuleFault).map(([rule, [field, value]]) =>
      JSON.stringify({ ...rule, [field]: value })
    ),
  );
  const key = fc.oneof(aText, aText.map((word) => `quotewire.alert.${word}`));
  const strange = fc.array(fc.tuple(key, text), { maxLength: 20 });
  fc.assert(fc.property(strange, aRule, fc.nat(ALERTS_MAX + 5), (entries, rule, count) => {
    const storage = new TextStorage();
    for (const [key, text] of entries) storage.setItem(key, text);
    for (let n = 0; n < count; n += 1) {
      const one = { ...rule, id: crypto.randomUUID(), madeAtMs: (n * 7) % 11 };
      storage.setItem(`quotewire.alert.${one.id}`, JSON.stringify(one));
    }
    const rules = new AlertShelf(storage).rules.value;
    assert.equal(rules.length, Math.min(count, 100));
    for (const one of rules) v.assert(alertRuleSchema, one);
    const times = rules.map(({ madeAtMs }) => madeAtMs);
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
  }));
});

function byId(rules: readonly AlertRule[]): AlertRule[] {
  return rules.toSorted((a, b) => a.id < b.id ? -1 : 1);
}

class TextStorage implements AlertStorage {
  readonly #texts = new Map<string, string>();

  get length(): number {
    return this.#texts.size;
  }

  key(index: number): string | null {
    return [...this.#texts.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.#texts.get(key) ?? null;
  }

  setItem(key: string, text: string): void {
    this.#texts.set(key, text);
  }

  removeItem(key: string): void {
    this.#texts.delete(key);
  }
}
