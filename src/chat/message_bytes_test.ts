import assert from "node:assert/strict";
import type { ChatContent, ChatMessage } from "../db/chat_store.ts";
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

Deno.test("saidBytes() counts a text as JSON, bytes, the names of a file, and the row itself", () => {
  assert.equal(saidBytes({ content: text("") }), 258);
  assert.equal(saidBytes({ content: text("ü€\u{1f600}") }), 258 + 2 + 3 + 4);
  assert.equal(saidBytes({ content: text("\x01".repeat(10)) }), 258 + 60);
  assert.equal(saidBytes({ content: bytes(1000) }), 1256);
  assert.equal(saidBytes({ content: bytes(1000, { name: "ü", mediaType: "a/b" }) }), 1261);
});

Deno.test("saidRate() lets every message through that may be sent, at some time", () => {
  const limits = { chatBytesPerSecondMax: 65_536, messageBytesMax: 65_536 };
  assert.deepEqual(saidRate(limits), { perSecondMax: 65_536, burstMax: 1_048_576 });
  const large = saidRate({ chatBytesPerSecondMax: 1024, messageBytesMax: 1_000_000 });
  assert.ok(large.burstMax >= saidBytes({ content: bytes(1_000_000) }));
});

Deno.test("batchBytesMax() leaves a reader far from being let go, whatever its high-water mark", () => {
  assert.equal(batchBytesMax(1_048_576), 524_288);
  assert.equal(batchBytesMax(64 * 1_048_576), 524_288);
  assert.equal(batchBytesMax(65_536), 32_768);
});
