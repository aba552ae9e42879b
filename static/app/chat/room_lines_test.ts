/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import type { ChatLine } from "./chat_line.ts";
import { continues, LINES_MAX, withLines } from "./room_lines.ts";

Deno.test("withLines() orders by id, and puts what has not been said yet last", () => {
  const lines = withLines([spoken("a", "1"), spoken("p", undefined)], [
    spoken("c", "3"),
    spoken("b", "2"),
  ]);
  assert.deepEqual(keys(lines), ["a", "b", "c", "p"]);
});

Deno.test("withLines() lets a line replace the one of the same key or id", () => {
  const pending = withLines([spoken("x", "1")], [spoken("mine", undefined)]);
  assert.deepEqual(keys(withLines(pending, [spoken("mine", "0")])), ["mine", "x"]);
  assert.deepEqual(keys(withLines([spoken("2", "2")], [spoken("mine", "2")])), ["mine"]);
});

Deno.test("withLines() leaves out the oldest beyond what is held", () => {
  const many = Array.from({ length: LINES_MAX }, (_, index) => {
    const id = String(index).padStart(4, "0");
    return spoken(id, id);
  });
  const lines = withLines(many, [spoken("new", "9999")]);
  assert.deepEqual([lines.length, lines[0]?.key, lines.at(-1)?.key], [LINES_MAX, "0001", "new"]);
});

Deno.test("withLines() leaves out the oldest when they are heavy, but never the newest", () => {
  const heavy = (id: string) => spoken(id, id, "x".repeat(5_000_000));
  assert.deepEqual(keys(withLines([heavy("1")], [heavy("2")])), ["2"]);
});

Deno.test("withLines() lets go of the oldest notices first", () => {
  const notices = Array.from({ length: 51 }, (_, index): ChatLine => {
    const id = `n${String(index).padStart(2, "0")}`;
    return { kind: "notice", key: id, id, timeMs: 0, text: "x joined" };
  });
  const lines = withLines([spoken("a", "a")], notices);
  assert.deepEqual([lines.length, lines[0]?.key, lines[1]?.key], [51, "a", "n01"]);
});

Deno.test("continues() groups what one speaker says within minutes", () => {
  const first = spoken("a", "1");
  assert.equal(continues({ ...first, key: "b", timeMs: 60_000 }, first), true);
  assert.equal(continues({ ...first, key: "b", timeMs: 600_000 }, first), false);
  assert.equal(continues({ ...first, username: "grace" }, first), false);
  assert.equal(continues(first, undefined), false);
});

function spoken(key: string, id: string | undefined, text = "hi"): ChatLine & { kind: "spoken" } {
  const body = { kind: "text", text } as const;
  const rest = { timeMs: 0, username: "ada", isOwn: false, status: undefined } as const;
  return { kind: "spoken", key, id, body, ...rest };
}

function keys(lines: readonly ChatLine[]): string[] {
  return lines.map(({ key }) => key);
}
