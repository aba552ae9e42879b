import assert from "node:assert/strict";
import { PromptScreen } from "./prompt_screen.ts";

/** A screen on a terminal that only remembers what was written. */
function openScreen() {
  const decoder = new TextDecoder();
  const written: string[] = [];
  const size = { columns: 40 };
  const screen = new PromptScreen({
    output: { writeSync: (bytes) => (written.push(decoder.decode(bytes)), bytes.length) },
    columns: () => size.columns,
  }, { colours: false });
  return { screen, size, written, last: () => written.at(-1) ?? "" };
}

Deno.test("PromptScreen.print() writes lines where the prompt was, and the prompt below them", () => {
  const { screen, last } = openScreen();
  screen.draw("me> ", { text: "half", cursor: 2 });
  screen.print(["one", "two"]);
  assert.ok(last().includes("\r\x1b[Jone\r\ntwo\r\n"));
  assert.ok(last().includes("me> ha\x1b7lf\x1b8"), "the terminal keeps the cursor's place");
});

Deno.test("PromptScreen.resize() clears the rows into which a narrower window has broken the prompt", () => {
  const { screen, size, last } = openScreen();
  screen.draw("me> ", { text: "x".repeat(30), cursor: 30 });
  size.columns = 16;
  screen.resize();
  assert.ok(last().includes("\x1b[2A\r\x1b[J"), JSON.stringify(last()));
  size.columns = 60;
  screen.resize();
  assert.ok(last().startsWith("\x1b[?2026h\r\x1b[J"), JSON.stringify(last()));
});

Deno.test("PromptScreen marks pastes until disposed of, and writes nothing afterwards", () => {
  const { screen, written } = openScreen();
  screen.draw("me> ", { text: "", cursor: 0 });
  screen[Symbol.dispose]();
  screen[Symbol.dispose]();
  screen.print(["late"]);
  assert.equal(written[0], "\x1b[?2004h");
  assert.equal(written.at(-1), "\r\x1b[J\x1b[?2004l");
  assert.equal(written.length, 3);
});
