import assert from "node:assert/strict";
import fc from "fast-check";
import { readChatLine } from "../../src/client/chat_line.ts";
import { inputLines } from "../../src/client/input_lines.ts";
import { safeFileName } from "../../src/client/received_files.ts";
import { type Key, KeyDecoder } from "../../src/client/terminal_keys.ts";
import { fitText, printable, textWidth } from "../../src/client/terminal_text.ts";

const CONTROL_REGEXP = /\p{Cc}/u;
/** What a terminal acts on: control characters, ends of lines, marks of direction, and half pairs. */
const HARMFUL_REGEXP = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const UNITS = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
const HARMFUL_UNITS = UNITS.filter((unit) => HARMFUL_REGEXP.test(unit));
const HALVES = HARMFUL_UNITS.filter((unit) => /\p{Cs}/u.test(unit));
const CONTROLS = HARMFUL_UNITS.filter((unit) => !HALVES.includes(unit));
/** Code units in any order, so many of them controls that a single one that gets through is found. */
const aUnit = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...CONTROLS) },
  { weight: 1, arbitrary: fc.constantFrom(...HALVES) },
  { weight: 1, arbitrary: fc.nat(0xffff).map((code) => String.fromCharCode(code)) },
  { weight: 3, arbitrary: fc.nat(0xff).map((code) => String.fromCharCode(code)) },
);
const aText = fc.string({ unit: aUnit, maxLength: 200 });
/** What terminals send, and what they do not. */
const keystrokes = fc.array(
  fc.oneof(
    fc.constantFrom(
      "a",
      "é",
      "👍",
      "\x1b",
      "\x1b[A",
      "\x1b[1;5C",
      "\x1bOH",
      "\x03",
      "\r",
      "\x1b[200~",
    ),
    fc.constantFrom("\x1b[201~", "\x1b]0;title\x07", "\x1b[[A", "\x1bb", "[", "~", "\x7f", "\x9b"),
    aText,
  ),
  { maxLength: 12 },
).map((parts) => new TextEncoder().encode(parts.join("")));

Deno.test("printable() leaves nothing that a terminal acts on", () => {
  fc.assert(
    fc.property(aText, (text) => {
      const shown = printable(text);
      assert.doesNotMatch(shown, HARMFUL_REGEXP);
      assert.equal(printable(shown), shown, "once is enough");
    }),
    { numRuns: 500 },
  );
});

Deno.test("printable() puts a mark in the place of each character that a terminal acts on", () => {
  const left = HARMFUL_UNITS.filter((unit) => printable(`a${unit}b`) !== "a\ufffdb");
  assert.deepEqual(left, []);
});

Deno.test("printable() leaves text that does no harm as it is", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
    assert.equal(printable(text), text);
  }));
});

Deno.test("fitText() fills its columns exactly", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.nat(40),
      fc.constantFrom("left" as const, "right" as const),
      (text, width, align) => assert.equal(textWidth(fitText(text, width, align)), width),
    ),
  );
});

Deno.test("KeyDecoder.push() reads the same keys however the bytes are split", () => {
  fc.assert(fc.property(keystrokes, fc.array(fc.nat(), { maxLength: 5 }), (bytes, cuts) => {
    const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
    const pieces = [...places, bytes.length].map((end, index) =>
      bytes.slice(places[index - 1] ?? 0, end)
    );
    assert.deepEqual(joined(decode(pieces)), joined(decode([bytes])));
  }));
});

Deno.test("KeyDecoder.push() never gives a control character as typed text", () => {
  fc.assert(fc.property(fc.oneof(keystrokes, fc.uint8Array({ maxLength: 400 })), (bytes) => {
    for (const key of decode([bytes])) {
      if (key.kind === "text") assert.doesNotMatch(key.text, CONTROL_REGEXP);
    }
  }));
});

Deno.test("inputLines() gives the same lines however the input is split", async () => {
  const lines = fc.array(
    fc.string({ unit: "grapheme" }).map((line) => line.replace(/[\r\n]/g, "")),
  );
  await fc.assert(fc.asyncProperty(lines, fc.array(fc.nat()), async (expected, cuts) => {
    const bytes = new TextEncoder().encode(expected.map((line) => `${line}\n`).join(""));
    const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
    const pieces = [...places, bytes.length].map((end, index) =>
      bytes.slice(places[index - 1] ?? 0, end)
    );
    const read: string[] = [];
    const never = new AbortController().signal;
    for await (const line of inputLines(ReadableStream.from(pieces), never)) read.push(line);
    assert.deepEqual(read, expected);
  }));
});

Deno.test("readChatLine() understands every line, or says why not", () => {
  const lines = fc.oneof(
    aText,
    fc.tuple(
      fc.constantFrom("/username", "/binary", "/file", "/save", "/who", "/quit", "/", "//"),
      aText,
    ).map((parts) => parts.join(" ")),
  );
  fc.assert(fc.property(lines, (line) => {
    const read = readChatLine(line);
    if (read.kind === "say") assert.ok(line === read.text || line === `/${read.text}`);
    if (read.kind === "save") assert.ok(Number.isSafeInteger(read.number));
    if (read.kind === "fault") assert.match(read.message, /^Cannot run /);
  }));
});

function decode(pieces: readonly Uint8Array[]): Key[] {
  const decoder = new KeyDecoder();
  return pieces.flatMap((piece) => decoder.push(piece));
}

Deno.test("safeFileName() gives a name that can be written, hides nothing and asks for nothing", () => {
  const units = fc.oneof(aUnit, fc.constantFrom(".", "-", " ", "/", "\\", "𠮷", "é", "x.tar.gz"));
  fc.assert(fc.property(fc.string({ unit: units, maxLength: 400 }), (name) => {
    const safe = safeFileName(name);
    assert.match(safe, /^[^. /\\-]([^/\\]*[^. /\\])?$/u);
    assert.doesNotMatch(safe, CONTROL_REGEXP);
    assert.ok(new TextEncoder().encode(safe).length <= 143, safe);
  }));
});

/** Text that comes in pieces is the same text. */
function joined(keys: readonly Key[]): Key[] {
  const all: Key[] = [];
  for (const key of keys) {
    const last = all.at(-1);
    if (key.kind !== "text" || last?.kind !== "text") all.push(key);
    else all[all.length - 1] = { kind: "text", text: last.text + key.text };
  }
  return all;
}
