import assert from "node:assert/strict";
import fc from "fast-check";
import { MessageIds } from "../../src/chat/message_ids.ts";
import {
  decodeWords,
  encodeWords,
  saidElsewhere,
  saidWords,
  type ServerWords,
} from "../../src/chat/server_words.ts";
import type { ChatContent, ChatMessage } from "../../src/db/chat_store.ts";

const NOW_MS = 1_795_233_361_000;
const PLAIN = { noNullPrototype: true };

const aRef = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/);
const aNumber = fc.maxSafeNat();
const anId = fc.nat({ max: NOW_MS }).map((timeMs) => new MessageIds().next(timeMs));
const aPerson = fc.record({
  room: fc.constantFrom("lobby", "symbol:AAPL", "ü"),
  ref: aRef,
  username: fc.constantFrom("ada", "Grace Hopper", "é"),
  claim: anId,
  former: fc.option(aRef, { nil: undefined }),
});
const aContent: fc.Arbitrary<ChatContent> = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), text: fc.string({ unit: "binary" }) }, PLAIN),
  fc.record({
    kind: fc.constant("binary" as const),
    data: fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
    name: fc.constantFrom(undefined, "a.txt", "ü {}"),
    mediaType: fc.constantFrom(undefined, "text/plain"),
  }, PLAIN),
);
const aMessage: fc.Arbitrary<ChatMessage> = fc.record({
  id: anId,
  room: fc.constantFrom("lobby", "ü"),
  username: fc.constantFrom("ada", "Grace Hopper"),
  timeMs: fc.nat(),
  content: aContent,
}, PLAIN);
const how = fc.record({
  key: fc.option(fc.stringMatching(/^[!-~]{1,64}$/), { nil: undefined }),
  previous: fc.option(anId, { nil: undefined }),
  stored: fc.boolean(),
});
const words: fc.Arbitrary<ServerWords> = fc.oneof(
  fc.record({ type: fc.constant("beat" as const), number: aNumber }),
  fc.constant({ type: "ask" as const }),
  fc.constant({ type: "bye" as const }),
  fc.record({
    type: fc.constant("roster" as const),
    number: aNumber,
    part: fc.nat(9),
    parts: fc.integer({ min: 1, max: 5000 }),
    people: fc.array(aPerson, { maxLength: 5 }),
  }),
  fc.record({
    type: fc.constant("changes" as const),
    number: aNumber,
    changes: fc.array(
      fc.oneof(
        aPerson.map((person) => ({ kind: "put" as const, person })),
        fc.record({
          kind: fc.constant("remove" as const),
          room: fc.constant("lobby"),
          ref: aRef,
        }),
      ),
      { maxLength: 5 },
    ),
  }),
);

Deno.test("decodeWords() gives back what a server says", () => {
  fc.assert(fc.property(fc.uuid(), words, (from, said) => {
    const heard = decodeWords(encodeWords(from, said), NOW_MS);
    assert.deepEqual(JSON.stringify(heard), JSON.stringify({ kind: "words", from, words: said }));
  }));
});

Deno.test("saidElsewhere() means what saidWords() says, text and bytes alike", () => {
  fc.assert(fc.property(fc.uuid(), aMessage, how, (from, message, entries) => {
    const heard = decodeWords(encodeWords(from, saidWords(message, entries)), NOW_MS);
    assert.ok(heard.kind === "words" && heard.words.type === "said");
    const { message: said, ...rest } = saidElsewhere(heard.words);
    assert.deepEqual({ ...said, ...rest }, { ...message, ...entries });
  }));
});

Deno.test("decodeWords() never throws, and says in a few words what is wrong", () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => new TextEncoder().encode(text)),
    // Something that was right but for one of its bytes.
    fc.tuple(words, fc.nat(), fc.nat(255)).map(([said, at, byte]) => {
      const encoded = encodeWords(crypto.randomUUID(), said);
      encoded[at % encoded.length] = byte;
      return encoded;
    }),
  );
  fc.assert(fc.property(bytes, (payload) => {
    const heard = decodeWords(payload, NOW_MS);
    if (heard.kind === "fault") assert.ok(heard.fault.length <= 200);
  }));
});

// What passed for base64 there threw when it was decoded.
Deno.test("decodeWords() refuses bytes that are not in base64", () => {
  const from = crypto.randomUUID();
  const id = new MessageIds().next(NOW_MS);
  const content = { kind: "binary", data: new Uint8Array(3) } as const;
  const said = saidWords({ id, room: "lobby", username: "ada", timeMs: 0, content }, {
    key: undefined,
    previous: undefined,
    stored: true,
  });
  const heard = decodeWords(encodeWords(from, { ...said, data: "\u212a".repeat(4) }), NOW_MS);
  assert.deepEqual(heard, { kind: "fault", fault: "data: must be base64" });
});

Deno.test("decodeWords() tells another version from nonsense", () => {
  const heard = decodeWords(new TextEncoder().encode('{"v":2,"from":7,"new":true}'), NOW_MS);
  assert.deepEqual(heard, { kind: "other_version", version: 2 });
});

Deno.test("decodeWords() refuses an id from more than a day ahead", () => {
  const content = { kind: "text", text: "hello" } as const;
  const said = (id: string) =>
    decodeWords(
      encodeWords(
        crypto.randomUUID(),
        saidWords({ id, room: "lobby", username: "ada", timeMs: 0, content }, {
          key: undefined,
          previous: undefined,
          stored: true,
        }),
      ),
      NOW_MS,
    ).kind;
  const dayMs = 24 * 3_600_000;
  assert.equal(said(new MessageIds().next(NOW_MS + dayMs)), "words");
  assert.equal(said(new MessageIds().next(NOW_MS + dayMs + 1)), "fault");
});

// One person whose name could not be read hid everybody who was with their server.
Deno.test("decodeWords() leaves out a person that cannot be read, says why, and keeps the others", () => {
  fc.assert(
    fc.property(fc.array(aPerson, { maxLength: 9 }), aPerson, fc.nat(9), (good, one, at) => {
      const bad = { ...one, username: "\ud801-2" };
      const people = [...good.slice(0, at), bad, ...good.slice(at)];
      const roster = { type: "roster", number: 1, part: 0, parts: 1 } as const;
      const put = people.map((person) => ({ kind: "put" as const, person }));
      const from = crypto.randomUUID();
      const [named, changed] = [
        decodeWords(encodeWords(from, { ...roster, people }), NOW_MS),
        decodeWords(encodeWords(from, { type: "changes", number: 1, changes: put }), NOW_MS),
      ];
      assert.ok(named.kind === "words" && named.words.type === "roster");
      assert.ok(changed.kind === "words" && changed.words.type === "changes");
      assert.equal(JSON.stringify(named.words.people), JSON.stringify(good));
      assert.equal(changed.words.changes.length, good.length);
      assert.match(named.fault ?? "", /^people\.\d\.username: /);
      assert.match(changed.fault ?? "", /^changes\.\d\.person\.username: /);
    }),
  );
});
