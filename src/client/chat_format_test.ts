import assert from "node:assert/strict";
import type { ChatBinary, ChatSaid, ChatSystem } from "../session/chat_protocol.ts";
import { bytesText, ChatFormat, sizeText } from "./chat_format.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 12, 30);
const SAID = { id: "1", room: "lobby", username: "grace", timestamp: NOW_MS / 1000 };

const plain = new ChatFormat({ colours: false, timeZone: "UTC" });
const coloured = new ChatFormat({ colours: true, timeZone: "UTC" });

function text(content: string, username = "grace"): ChatSaid {
  return { ...SAID, type: "message", kind: "text", content, username };
}

function binary(data: Uint8Array, name?: string): ChatBinary {
  const said = { ...SAID, type: "binary" as const, data: data.toBase64(), size: data.length };
  return name === undefined ? { ...said, kind: "binary" } : { ...said, kind: "file", name };
}

Deno.test("ChatFormat.said() shows time, name and text, and the day where it is another", () => {
  assert.deepEqual(plain.said(text("hi ada"), NOW_MS), ["12:30 grace: hi ada"]);
  const tomorrow = NOW_MS + 24 * 3_600_000;
  assert.deepEqual(plain.said(text("hi"), tomorrow), ["2026-11-21 12:30 grace: hi"]);
});

Deno.test("ChatFormat.said() puts further lines under the first", () => {
  assert.deepEqual(plain.said(text("one\n\ttwo"), NOW_MS), [
    "12:30 grace: one",
    "                 two",
  ]);
});

Deno.test("ChatFormat.said() lets no control character through, from name or text", () => {
  const lines = coloured.said(text("\x1b[2J\x07", "\x1bx"), NOW_MS).join("");
  assert.deepEqual(
    lines.split("\x1b").slice(1).filter((part) => !/^\[\d+m/.test(part)),
    [],
  );
});

Deno.test("ChatFormat.said() gives the same name the same colour, whatever its case", () => {
  const colourOf = (name: string) =>
    /\[(\d+)m\p{L}/u.exec(coloured.said(text("x", name), NOW_MS)[0] ?? "")?.[1];
  assert.equal(colourOf("Grace"), colourOf("grace"));
  const colours = new Set(["ada", "grace", "linus", "edsger", "barbara", "ken"].map(colourOf));
  assert.ok(colours.size > 3, [...colours].join());
});

Deno.test("ChatFormat.said() says how to save what was sent as bytes", () => {
  assert.deepEqual(plain.said(binary(new Uint8Array(2048), "a.png"), NOW_MS, 3), [
    '12:30 grace sent the file "a.png", 2.0 KB (/save 3)',
  ]);
});

Deno.test("ChatFormat.system() shows what happened in the server's words", () => {
  const left: ChatSystem = {
    ...SAID,
    type: "message",
    kind: "system",
    event: "leave",
    content: "grace left",
  };
  assert.deepEqual(plain.system(left, NOW_MS), ["12:30 * grace left"]);
});

Deno.test("ChatFormat.note() and fault() keep their own words apart from the others'", () => {
  assert.deepEqual(plain.note("Connected", NOW_MS), ["12:30 - Connected"]);
  assert.deepEqual(plain.fault("Cannot send"), ["! Cannot send"]);
});

Deno.test("bytesText() shows bytes as a text where they are one", () => {
  assert.equal(bytesText({ bytes: new TextEncoder().encode("Grüße") }), '7 bytes: "Grüße"');
  assert.equal(bytesText({ bytes: Uint8Array.of(0, 255) }), "2 bytes: 00 ff");
  assert.match(bytesText({ bytes: new Uint8Array(20) }), /^20 bytes: 00( 00){15} …$/);
});

Deno.test("sizeText() counts in units that people read", () => {
  assert.deepEqual([0, 1, 999, 1000, 12_345].map(sizeText), [
    "0 bytes",
    "1 byte",
    "999 bytes",
    "1.0 KB",
    "12.3 KB",
  ]);
});
