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
import { readAuthMessage } from "../../src/session/lease.ts";
import type { ServerMessage } from "../../src/session/protocol.ts";
import {
  aClientMessage,
  anId,
  aServerMessage,
  aStrangeFrame,
  aStrangeText,
} from "./wire_arbitraries.ts";

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

const aToken = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 200 }),
  fc.stringMatching(/^[A-Za-z0-9_-]{8}$/).map((word) => word.repeat(1024)),
);
/** An `auth` message in which something may be wrong, or that was cut off. */
const anAuthOrSo = fc.record({
  type: fc.oneof(
    { weight: 5, arbitrary: fc.constant("auth") },
    fc.constantFrom("Auth", "subscribe", ["auth"], { type: "auth" }),
  ),
  id: fc.oneof(anId, fc.jsonValue(), fc.constantFrom("", "x".repeat(65), 1e300)),
  token: fc.oneof(
    aToken,
    fc.jsonValue(),
    fc.constantFrom("", "x".repeat(8193), "x".repeat(30_000)),
  ),
}, { requiredKeys: ["type"], noNullPrototype: true }).chain((message) => {
  const text = JSON.stringify(message);
  return fc.oneof(fc.constant(text), fc.nat(text.length).map((end) => text.slice(0, end)));
});

/** A word as JSON may write it: each letter as itself, or by its number. */
function spelt(word: string): fc.Arbitrary<string> {
  const letters = [...word].map((letter) => {
    const byNumber = `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
    return fc.constantFrom(letter, byNumber);
  });
  return fc.tuple(...letters).map((parts) => `"${parts.join("")}"`);
}

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

// One whose type had a letter spelt by its number, as JSON may, was relayed to a whole room, with its token.
Deno.test("readAuthMessage() gives back every message that the protocol allows, however it is spelt", () => {
  const id = fc.option(anId, { nil: undefined });
  fc.assert(fc.property(spelt("type"), spelt("auth"), id, aToken, (key, type, id, token) => {
    const rest = JSON.stringify({ id, token }).slice(1);
    assert.deepEqual(readAuthMessage(`{${key} : ${type},${rest}`), { ok: true, id, token });
  }));
});

// A token that was too long for any use was not looked at: the message went to whoever chats, as a text.
Deno.test("readAuthMessage() hands nothing on that is an auth message or was to be one", () => {
  fc.assert(fc.property(fc.oneof(aStrangeFrame, anAuthOrSo), (frame) => {
    const message = readAuthMessage(frame);
    const json = typeof frame === "string" ? parsedOrNot(frame) : undefined;
    if (json === undefined) {
      assert.deepEqual(message, isNearAuth(frame) ? { ok: false, id: undefined } : undefined);
      return;
    }
    const { type, id, token } = Object(json.value);
    assert.equal(message !== undefined, type === "auth");
    if (message === undefined) return;
    const isIdKept = isId(id);
    assert.equal(message.id, isIdKept ? id : undefined);
    assert.equal(message.ok, isToken(token) && (isIdKept || id === undefined));
    if (message.ok) assert.equal(message.token, token);
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

function parsedOrNot(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function isNearAuth(frame: unknown): boolean {
  return typeof frame === "string" && /"type"\s*:\s*"auth"/.test(frame);
}

function isToken(value: unknown): boolean {
  return typeof value === "string" && value.length >= 1 && value.length <= 8192;
}

function isId(value: unknown): boolean {
  if (typeof value === "string") return value.length >= 1 && value.length <= 64;
  return Number.isSafeInteger(value);
}

function neverThrows<Message>({ decode }: WireProtocol<Message>): void {
  fc.assert(fc.property(aStrangeFrame, (frame) => {
    const decoded: Decoded<Message> = decode(frame);
    if (decoded.kind === "malformed") assert.ok(decoded.fault.length <= 200);
  }));
}
