import assert from "node:assert/strict";
import { viewLine } from "./line_view.ts";

function view(text: string, cursor: number, columns: number): string {
  const { prompt, before, after } = viewLine("me> ", { text, cursor }, columns);
  return `${prompt}${before}|${after}`;
}

Deno.test("viewLine() shows a line that fits as it is", () => {
  assert.equal(view("hello", 2, 20), "me> he|llo");
  assert.deepEqual(viewLine("me> ", { text: "日本", cursor: 1 }, 20), {
    prompt: "me> ",
    before: "日",
    after: "本",
    width: 8,
    cursorColumn: 6,
  });
});

Deno.test("viewLine() shows the part of a long line that is around the cursor", () => {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  assert.equal(view(letters, 26, 15), "me> ‹rstuvwxyz|");
  assert.equal(view(letters, 0, 15), "me> |abcdefghi›");
  assert.equal(view(letters, 13, 15), "me> ‹jklm|nopq›");
});

Deno.test("viewLine() never fills the last column, whatever the line", () => {
  const samples = [
    "日本語".repeat(20),
    "e\u0301".repeat(50),
    "👩‍👩‍👧🇩🇪".repeat(20),
    "a\tb\nc".repeat(20),
  ];
  for (const text of samples) {
    for (let columns = 1; columns < 60; columns += 1) {
      for (const cursor of [0, text.length]) {
        const { width } = viewLine("grace> ", { text, cursor }, columns);
        assert.ok(width < Math.max(columns, 3), `${width} of ${columns} columns`);
      }
    }
  }
});

Deno.test("viewLine() takes an emoji of several characters for one of two columns", () => {
  assert.equal(viewLine("", { text: "👩‍👩‍👧", cursor: 0 }, 20).width, 2);
  assert.equal(viewLine("", { text: "🇩🇪", cursor: 0 }, 20).width, 2);
  assert.equal(viewLine("", { text: "❤️", cursor: 0 }, 20).width, 2);
});

Deno.test("viewLine() shows line breaks and tabs as one character, and lets nothing else through", () => {
  assert.equal(view("a\nb\tc\x1bd", 1, 30), "me> a|↵b c\ufffdd");
});
