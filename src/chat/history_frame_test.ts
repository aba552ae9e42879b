import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as v from "valibot";
import type { ChatContent, ChatMessage, HistoryPage } from "../db/chat_store.ts";
import { chatFrameSchema, type ChatSaid } from "../session/chat_protocol.ts";
import { historyBounds, historyFrame } from "./history_frame.ts";

const MEBIBYTE = 1024 * 1024;
const BOUNDS = historyBounds(MEBIBYTE);
const HEAD = { room: "lobby", kept: true };

function said(...contents: ChatContent[]): ChatMessage[] {
  return contents.map((content, index) => {
    return { id: `id ${index}`, room: "lobby", username: "ada", timeMs: index, content };
  });
}

function text(character: string, length: number): ChatContent {
  return { kind: "text", text: character.repeat(length) };
}

function file(length: number): ChatContent {
  return { kind: "binary", data: new Uint8Array(length), name: "a.bin" };
}

function read(frame: string): { messages: readonly ChatSaid[]; more: boolean } {
  const history = v.parse(chatFrameSchema, JSON.parse(frame));
  assert.ok(history.type === "history");
  return history;
}

/** The ids on each page, if a client goes on asking for what is before the first. */
function pages(messages: readonly ChatMessage[], bounds = BOUNDS): string[] {
  const ids: string[] = [];
  let rest = messages;
  for (let more = true; more;) {
    const frame = historyFrame(HEAD, { messages: rest, more: false }, bounds);
    const page = read(frame);
    if (page.messages.length > 1) assert.ok(Buffer.byteLength(frame) <= bounds.frameBytesMax);
    ids.push(page.messages.map(({ id }) => id.slice(3)).join(""));
    rest = rest.slice(0, rest.length - page.messages.length);
    more = page.more;
  }
  assert.deepEqual(rest, []);
  return ids;
}

Deno.test("historyFrame() is what the protocol says", () => {
  const page: HistoryPage = { messages: said(text("a", 1), file(2)), more: true };
  const common = { room: "lobby", username: "ada" };
  assert.deepEqual(JSON.parse(historyFrame({ id: 7, room: "lobby", kept: false }, page, BOUNDS)), {
    type: "history",
    id: 7,
    room: "lobby",
    messages: [
      { type: "message", kind: "text", id: "id 0", ...common, timestamp: 0, content: "a" },
      {
        type: "binary",
        kind: "file",
        id: "id 1",
        ...common,
        timestamp: 0.001,
        name: "a.bin",
        size: 2,
        data: "AAA=",
      },
    ],
    more: true,
    kept: false,
  });
  const empty = historyFrame(HEAD, { messages: [], more: false }, BOUNDS);
  assert.deepEqual(read(empty), {
    type: "history",
    room: "lobby",
    messages: [],
    more: false,
    kept: true,
  });
});

// A page held 512 KB as the database has it. Of control characters it became 3.1 MB in JSON, for which every
// client that came into the room was let go, until they were old.
Deno.test("historyFrame() ends before 512 KB as it is sent, and leaves nothing out from page to page", () => {
  const controls = said(...Array.from({ length: 8 }, () => text("\x01", 64_000)));
  assert.deepEqual(pages(controls), ["7", "6", "5", "4", "3", "2", "1", "0"]);
  assert.deepEqual(pages(said(...Array.from({ length: 5 }, () => text("é", 64_000)))), [
    "1234",
    "0",
  ]);
  assert.deepEqual(pages(said(...Array.from({ length: 6 }, () => file(150_000)))), [
    "45",
    "23",
    "01",
  ]);
});

Deno.test("historyFrame() ends before half of a socket's high-water mark", () => {
  const messages = said(...Array.from({ length: 5 }, () => text("a", 14_000)));
  assert.deepEqual(pages(messages, historyBounds(65_536)), ["34", "12", "0"]);
});

Deno.test("historyFrame() has a message alone that is larger, and without its content where no socket takes it", () => {
  const largest = Math.floor(MEBIBYTE * 1.5) - 200;
  assert.deepEqual(pages(said(text("a", 10), text("a", largest), text("a", 10))), ["2", "1", "0"]);
  const [long, file8] = read(
    historyFrame(
      HEAD,
      { messages: said(text("\x01", 300_000), file(8_000_000)), more: false },
      BOUNDS,
    ),
  ).messages;
  assert.ok(long?.type === "message" && file8?.type === "binary");
  assert.deepEqual([long.content, long.omitted], ["(too large for the history)", true]);
  assert.deepEqual([file8.data, file8.size, file8.omitted], ["", 8_000_000, true]);
});
