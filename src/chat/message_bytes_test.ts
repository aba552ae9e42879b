import assert from "node:assert/strict";
import type { ChatContent, ChatMessage } from "../db/chat_store.ts";
import { CHAT_LIMITS } from "../session/chat_protocol.ts";
import { chatFrame, saidFrame } from "./chat_frames.ts";
import { batchBytesMax, frameBytes, saidBytes, saidRate } from "./message_bytes.ts";
import { MessageIds } from "./message_ids.ts";

const LONGEST_NAME = { name: "\u{1f600}".repeat(127), mediaType: `a/${"b".repeat(125)}` };

function text(content: string): ChatContent {
  return { kind: "text", text: content };
}

function bytes(length: number, names = {}): ChatContent {
  return { kind: "binary", data: new Uint8Array(length), ...names };
}

Deno.test("frameBytes() is what a frame has at most, and hardly more", () => {
  const contents = [
    text(""),
    text("hello"),
    text("ü€\u{1f600}".repeat(1000)),
    // A relay says what it likes; JSON has six bytes for each.
    text("\0\x1b\x7f".repeat(10_000)),
    text('"\\\n'.repeat(10_000)),
    text("\ud800".repeat(1000)),
    bytes(0),
    bytes(1),
    bytes(65_536),
    bytes(45_000, LONGEST_NAME),
  ];
  for (const content of contents) {
    const id = new MessageIds().next();
    for (const name of ["a", "\u{1f600}".repeat(16), "€".repeat(32)]) {
      const message: ChatMessage = {
        id,
        room: name + name,
        username: name,
        timeMs: 1_795_233_361_123,
        content,
      };
      const encoded = new TextEncoder().encode(chatFrame(saidFrame(message))).length;
      const estimate = frameBytes(message);
      const what = `${estimate} for ${encoded} of ${JSON.stringify(content).slice(0, 60)}`;
      assert.ok(estimate >= encoded && estimate < encoded + 1024, what);
    }
  }
});

Deno.test("saidBytes() counts a row, names as often as they are kept, and what was said", () => {
  const said = (content: ChatContent) => saidBytes({ room: "lobby", username: "ada", content });
  assert.equal(said(text("hello")), 200 + 3 * 8 + 7);
  assert.equal(said(text("ü€\u{1f600}")), 226 + 2 + 3 + 4);
  assert.equal(said(text("\x01".repeat(10))), 226 + 60);
  assert.equal(said(bytes(1000)), 1224);
  assert.equal(said(bytes(1000, { name: "ü", mediaType: "a/b" })), 1229);
  const content = text("");
  assert.equal(saidBytes({ room: "ü", username: "ü", key: "k".repeat(36), content }), 202 + 3 * 40);
});

Deno.test("saidRate() lets every message through that may be sent, at some time", () => {
  const limits = { chatBytesPerSecondMax: 65_536, messageBytesMax: 65_536 };
  assert.deepEqual(saidRate(limits), { perSecondMax: 65_536, burstMax: 1_048_576 });
  const { burstMax } = saidRate({ chatBytesPerSecondMax: 1024, messageBytesMax: 1_000_000 });
  const { roomMax, usernameMax } = CHAT_LIMITS;
  const longest = {
    room: "€".repeat(roomMax),
    username: "€".repeat(usernameMax),
    key: "k".repeat(64),
    content: bytes(1_000_000),
  };
  assert.ok(saidBytes(longest) <= burstMax);
});

Deno.test("batchBytesMax() leaves a reader far from being let go, whatever its high-water mark", () => {
  assert.equal(batchBytesMax(1_048_576), 524_288);
  assert.equal(batchBytesMax(64 * 1_048_576), 524_288);
  assert.equal(batchBytesMax(65_536), 32_768);
});
