import type { Chance } from "./chance.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const LONG_TEXT_CHARACTERS = 3000;
const DEPTH_MAX = 200;
const NAMES = [
  "id",
  "type",
  "symbols",
  "__proto__",
  "constructor",
  "toString",
  "",
  "room",
] as const;
const TEXTS = [
  "",
  "*",
  "AAPL",
  "subscribe",
  "\u0000",
  "\ud800",
  "\u202e",
  "<img src=x onerror=alert(1)>",
  "'; drop table stock_prices; --",
  "lobby",
  "__proto__",
] as const;

/** Messages as clients send them, by endpoint, from which random ones are made. */
export const MESSAGES = {
  price: [
    { type: "subscribe", id: 1, symbols: ["AAPL", "B"], sources: ["s"], history: 10 },
    { type: "subscribe", id: "a", symbols: "*", max_rate_ms: 100 },
    { type: "unsubscribe", id: 2, symbols: ["AAPL"] },
    { type: "resume", id: 3, epoch: "e", seq: 1, symbols: "*" },
    { type: "stats", id: 4 },
    { type: "ping", id: 5 },
    { type: "auth", token: "t" },
  ],
  chat: [
    { type: "join", id: 1, username: "ada", history: 10 },
    { type: "join", room: "fuzz 2", after: "019a0000-0000-7000-8000-000000000000" },
    { type: "message", id: 2, content: "hello", key: "k" },
    { type: "binary", id: 3, data: "AAEC", name: "a.bin", media_type: "text/plain" },
    { type: "rename", id: 4, username: "grace" },
    { type: "presence", id: 5 },
    { type: "history", id: 6, limit: 5, before: "019a0000-0000-7000-8000-000000000000" },
    { type: "leave", id: 7 },
  ],
  plain: ["/stats", "hello", "", '{"topic":"echo"}'],
} as const satisfies Record<string, readonly [Json, ...Json[]]>;

/** A text for the endpoint: right, nearly right, or far from it. */
export function randomText(chance: Chance, kind: keyof typeof MESSAGES): string {
  const message: Json = structuredClone<Json>(chance.pick<Json>(MESSAGES[kind]));
  if (chance.percent(25)) return textOf(message);
  let changed = message;
  for (let count = 1 + chance.below(3); count > 0; count -= 1) changed = mutate(chance, changed);
  const text = textOf(changed);
  if (chance.percent(85)) return text;
  // A text that ends too soon, or nests deeper than any document of ours.
  return chance.percent(50)
    ? text.slice(0, chance.below(text.length + 1))
    : `${"[".repeat(DEPTH_MAX)}${text}${"]".repeat(DEPTH_MAX)}`;
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function mutate(chance: Chance, value: Json): Json {
  if (typeof value !== "object" || value === null || chance.percent(10)) return anything(chance);
  if (Array.isArray(value)) {
    const items = value.map((item) => chance.percent(50) ? mutate(chance, item) : item);
    return chance.percent(30) ? [...items, anything(chance)] : items;
  }
  const entries = Object.entries(value).filter(() => chance.percent(90));
  const index = chance.below(entries.length + 1);
  const chosen = entries[index];
  if (chosen === undefined) entries.push([chance.pick(NAMES), anything(chance)]);
  else entries[index] = [chosen[0], mutate(chance, chosen[1])];
  return Object.fromEntries(entries);
}

function anything(chance: Chance): Json {
  return chance.pick<() => Json>([
    () => null,
    () => chance.percent(50),
    () => chance.edge(),
    () => chance.pick(TEXTS),
    () => "x".repeat(chance.below(LONG_TEXT_CHARACTERS)),
    () => Array.from({ length: chance.below(40) }, () => chance.pick(TEXTS)),
    () => ({ [chance.pick(NAMES)]: chance.edge() }),
  ])();
}
