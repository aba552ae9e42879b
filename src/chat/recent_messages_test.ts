import assert from "node:assert/strict";
import type { ChatContent } from "../db/chat_store.ts";
import { RecentBudget, RecentMessages, type ToldMessage } from "./recent_messages.ts";

function told(id: number, content: ChatContent, key?: string): ToldMessage {
  const message = { id: String(id), room: "lobby", username: "ada", timeMs: id, content };
  return { message, key, stored: true };
}

function text(id: number, key?: string): ToldMessage {
  return told(id, { kind: "text", text: `text ${id}` }, key);
}

Deno.test("RecentMessages keeps the newest hundred", () => {
  const recent = new RecentMessages();
  for (let id = 1; id <= 150; id += 1) recent.add(text(id));
  const ids = recent.messages().map((message) => Number(message.id));
  assert.deepEqual(ids, Array.from({ length: 100 }, (_, n) => 51 + n));
});

Deno.test("RecentMessages keeps 512 KB at most", () => {
  const recent = new RecentMessages();
  const data = new Uint8Array(200 * 1024);
  for (let id = 1; id <= 5; id += 1) recent.add(told(id, { kind: "binary", data }));
  assert.deepEqual(recent.messages().map(({ id }) => id), ["4", "5"]);
  recent.add(told(6, { kind: "binary", data: new Uint8Array(600 * 1024) }));
  assert.deepEqual(recent.messages(), []);
  recent.add(text(7));
  assert.deepEqual(recent.messages().map(({ id }) => id), ["7"]);
});

Deno.test("RecentMessages.find() knows a message by its key, as long as it keeps it", () => {
  const recent = new RecentMessages();
  recent.add(text(1, "k"));
  recent.add(text(2));
  assert.equal(recent.find("k")?.message.id, "1");
  assert.equal(recent.find("other"), undefined);
  assert.equal(recent.find(undefined), undefined);
  for (let id = 3; id <= 110; id += 1) recent.add(text(id));
  assert.equal(recent.find("k"), undefined);
});

Deno.test("RecentBudget has the rooms that were silent longest give up theirs", () => {
  // Each room had a limit, and all together had none: 10,000 rooms could hold 5 GB in the main isolate, for
  // which workers were replaced that had none of it.
  const budget = new RecentBudget(100_000);
  const [first, second, third] = Array.from({ length: 3 }, () => new RecentMessages(budget));
  assert.ok(first && second && third);
  const data = new Uint8Array(40_000);
  first.add(told(1, { kind: "binary", data }));
  second.add(told(2, { kind: "binary", data }));
  first.add(text(3));
  third.add(told(4, { kind: "binary", data }));
  assert.deepEqual(first.messages().map(({ id }) => id), ["1", "3"]);
  assert.deepEqual(second.messages(), []);
  assert.equal(budget.bytes, 2 * 40_000 + 3 * 512 + 2 * "text 3".length);
  second.add(text(5));
  assert.deepEqual(second.messages().map(({ id }) => id), ["5"], "it remembers again");
});

Deno.test("RecentBudget counts what a message takes beside its text", () => {
  const budget = new RecentBudget(10_000);
  for (let id = 1; id <= 100; id += 1) new RecentMessages(budget).add(text(id));
  assert.ok(budget.bytes <= 10_000);
  assert.ok(budget.bytes > 9000);
});

Deno.test("RecentMessages.clear() gives the budget back", () => {
  const budget = new RecentBudget();
  const recent = new RecentMessages(budget);
  recent.add(text(1));
  recent.clear();
  recent.clear();
  assert.deepEqual(recent.messages(), []);
  assert.equal(budget.bytes, 0);
});
