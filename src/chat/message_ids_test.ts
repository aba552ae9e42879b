import assert from "node:assert/strict";
import { MessageIds } from "./message_ids.ts";

Deno.test("MessageIds.next() ascends, whether the clock goes on, stands still or goes back", () => {
  const ids = new MessageIds();
  const given = [1000, 1000, 1000, 1001, 900, 900, 1001, 1002].map((nowMs) => ids.next(nowMs));
  assert.deepEqual(given, [...given].sort());
  assert.equal(new Set(given).size, given.length);
});

Deno.test("MessageIds.next() gives version 7 UUIDs that carry the time", () => {
  const id = new MessageIds().next(1_795_233_361_125);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16), 1_795_233_361_125);
});

Deno.test("MessageIds.raise() puts all further ids above one that was given out elsewhere", () => {
  const elsewhere = new MessageIds().next(5000);
  const ids = new MessageIds();
  ids.raise(elsewhere);
  assert.ok(ids.next(1000) > elsewhere);
  ids.raise(new MessageIds().next(10));
  assert.ok(ids.next(1000) > elsewhere);
});
