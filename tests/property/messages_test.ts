import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { CHAT_WIRE } from "../../src/client/chat_wire.ts";
import { PRICE_WIRE } from "../../src/client/server_message.ts";
import type { Decoded, WireProtocol } from "../../src/client/wire_protocol.ts";
import {
  CHAT_LIMITS,
  type ChatFrame,
  chatRequestSchema,
  roomSchema,
  usernameSchema,
} from "../../src/session/chat_protocol.ts";
import { parseClientMessage, parseMessage } from "../../src/session/client_messages.ts";
import type { ServerMessage } from "../../src/session/protocol.ts";
import { aClientMessage, aServerMessage, aStrangeFrame, aStrangeText } from "./wire_arbitraries.ts";

/** Characters that are seen, with some between them that are not. */
const aNameOrSo = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: "grapheme", maxLength: 20 }) },
    fc.constantFrom("\u034f", "\ufe0f", "\u180b", "\u{e0100}", "\u3164", "\u200b", "\u00ad"),
  ),
  { maxLength: 4 },
).map((parts) => parts.join(""));

/** Words that a fault may quote, far more than it has room for: no JSON, and JSON of the wrong kind. */
const aLongFrame = fc.array(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 300 }).chain(
  (words) => {
    const text = words.join(" ");
    const strange = [{ type: text }, { type: "subscribe", id: 1, symbols: text }, { id: text }];
    return fc.constantFrom(text, ...strange.map((message) => JSON.stringify(message)));
  },
);

Deno.test("parseClientMessage() never throws, and says in a few words what is wrong", () => {
  fc.assert(fc.property(fc.oneof(aStrangeFrame, aLongFrame), (frame) => {
    const parsed = parseClientMessage(frame);
    if (parsed.ok) return;
    assert.match(parsed.fault, /^Cannot read the message: /);
    assert.ok(parsed.fault.length <= 500);
    const { id } = parsed;
    assert.ok(id === undefined || typeof id === "number" || id.length <= 64);
  }));
});

Deno.test("parseClientMessage() gives back every message that the protocol allows", () => {
  fc.assert(fc.property(aClientMessage, (message) => {
    assert.deepEqual(parseClientMessage(JSON.stringify(message)), { ok: true, message });
  }));
});

Deno.test("parseMessage() never throws for a chat request, and keeps every limit", () => {
  const said = aStrangeText.map((content) => JSON.stringify({ type: "message", content }));
  fc.assert(fc.property(fc.oneof(aStrangeFrame, said), (frame) => {
    const parsed = parseMessage(frame, chatRequestSchema);
    if (!parsed.ok || parsed.message.type !== "message") return;
    const { content } = parsed.message;
    assert.ok(content.length >= 1 && content.length <= CHAT_LIMITS.contentMax);
    // Only a new line and a tabulator may move the cursor of whoever reads it.
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(content, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  }));
});

Deno.test("A chat's names are what they are kept as, however often they are read", () => {
  for (const schema of [usernameSchema, roomSchema]) {
    fc.assert(fc.property(aNameOrSo, (text) => {
      const once = v.safeParse(schema, text);
      if (!once.success) return;
      assert.deepEqual(v.parse(schema, once.output), once.output);
      assert.doesNotMatch(once.output, /[\p{C}\p{Default_Ignorable_Code_Point}]/u);
    }));
  }
});

Deno.test("PRICE_WIRE.decode() never throws, whatever the server sends", () => {
  neverThrows<ServerMessage>(PRICE_WIRE);
});

Deno.test("CHAT_WIRE.decode() never throws, whatever the server sends", () => {
  neverThrows<ChatFrame>(CHAT_WIRE);
});

Deno.test("PRICE_WIRE.decode() gives back every message of the server, without fields it does not know", () => {
  fc.assert(fc.property(aServerMessage, fc.jsonValue(), (message, more) => {
    const decoded = PRICE_WIRE.decode(JSON.stringify({ ...message, of_a_later_version: more }));
    assert.deepEqual(decoded, { kind: "message", message });
  }));
});

function neverThrows<Message>({ decode }: WireProtocol<Message>): void {
  fc.assert(fc.property(aStrangeFrame, (frame) => {
    const decoded: Decoded<Message> = decode(frame);
    if (decoded.kind === "malformed") assert.ok(decoded.fault.length <= 200);
  }));
}
