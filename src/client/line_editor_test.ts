import assert from "node:assert/strict";
import { LineEditor } from "./line_editor.ts";
import { KeyDecoder } from "./terminal_keys.ts";

const LENGTH_MAX = 40;

/** An editor into which these keys have been typed. */
function typed(...keys: readonly string[]): LineEditor {
  const editor = new LineEditor(LENGTH_MAX);
  type(editor, ...keys);
  return editor;
}

function type(editor: LineEditor, ...keys: readonly string[]): string[] {
  const decoder = new KeyDecoder();
  return keys.flatMap((key) => decoder.push(new TextEncoder().encode(key)))
    .map((key) => editor.press(key).kind);
}

/** The line with a bar where the cursor is. */
function shown(editor: LineEditor): string {
  return `${editor.text.slice(0, editor.cursor)}|${editor.text.slice(editor.cursor)}`;
}

const LEFT = "\x1b[D";
const UP = "\x1b[A";
const DOWN = "\x1b[B";
const BACKSPACE = "\x7f";

Deno.test("LineEditor.press() inserts where the cursor is", () => {
  assert.equal(shown(typed("helo", LEFT, "l", "\x05", "!", "\x01", ">")), ">|hello!");
});

Deno.test("LineEditor.press() moves and deletes by what people see as one character", () => {
  assert.equal(shown(typed("a👩‍👩‍👧e\u0301", LEFT, LEFT)), "a|👩‍👩‍👧e\u0301");
  assert.equal(shown(typed("a👩‍👩‍👧e\u0301", BACKSPACE, BACKSPACE)), "a|");
  assert.equal(shown(typed("🇩🇪x", "\x01", "\x1b[3~")), "|x");
});

Deno.test("LineEditor.press() joins a mark to the letter before it", () => {
  assert.equal(shown(typed("e", "\u0301", LEFT)), "|e\u0301");
});

Deno.test("LineEditor.press() moves by words of any script", () => {
  assert.equal(shown(typed("one, zwölf 日本", "\x1bb")), "one, zwölf |日本");
  assert.equal(shown(typed("one, zwölf 日本", "\x1bb", "\x1bb")), "one, |zwölf 日本");
  assert.equal(shown(typed("one, zwölf", "\x01", "\x1bf")), "one|, zwölf");
});

Deno.test("LineEditor.press() cuts words and ends of the line, and brings them back", () => {
  assert.equal(shown(typed("see http://a/b now", "\x17", "\x17")), "see |");
  assert.equal(shown(typed("one two", "\x1bb", "\x0b")), "one |");
  assert.equal(shown(typed("one two", "\x1bb", "\x15")), "|two");
  assert.equal(shown(typed("one two", "\x1bb", "\x15", "\x05", " ", "\x19")), "two one |");
});

Deno.test("LineEditor.press() hands out the line on Enter and begins a new one", () => {
  const editor = typed("hello");
  const outcome = editor.press({ kind: "action", action: "enter" });
  assert.deepEqual(outcome, { kind: "entered", text: "hello" });
  assert.equal(shown(editor), "|");
});

Deno.test("LineEditor.press() leaves on Ctrl-C, and on Ctrl-D where there is nothing to delete", () => {
  assert.deepEqual(type(typed("x"), "\x03"), ["left"]);
  assert.deepEqual(type(typed(), "\x04"), ["left"]);
  assert.deepEqual(type(typed("x"), "\x01", "\x04", "\x04"), ["edited", "edited", "left"]);
});

Deno.test("LineEditor.press() goes through earlier lines and back to the half-typed one", () => {
  const editor = typed("one\r", "two\r", "two\r", "half");
  assert.equal((type(editor, UP), shown(editor)), "two|");
  assert.equal((type(editor, UP, UP), shown(editor)), "one|");
  assert.equal((type(editor, DOWN, DOWN, DOWN), shown(editor)), "half|");
});

Deno.test("LineEditor.press() keeps the lines of a paste together and strips its control characters", () => {
  const editor = typed("\x1b[200~one\r\ntwo\x1b[31m\x07\r\x1b[201~");
  assert.equal(shown(editor), "one\ntwo[31m|");
  assert.equal(shown(typed("a", "\x1b\r", "b")), "a\nb|");
});

Deno.test("LineEditor.press() says when the line is full, and cuts no character in half", () => {
  const editor = typed("x".repeat(LENGTH_MAX - 1));
  assert.deepEqual(type(editor, "👩‍👩‍👧"), ["full"]);
  assert.equal(editor.text.length, LENGTH_MAX - 1);
  assert.deepEqual(type(editor, "y", "z"), ["edited", "full"]);
});

Deno.test("LineEditor.replaceBefore() puts a completion in the place of what was typed", () => {
  const editor = typed("hi gr there", "\x1bb", LEFT);
  editor.replaceBefore(2, "grace");
  assert.equal(shown(editor), "hi grace| there");
});
