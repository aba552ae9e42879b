import fc from "fast-check";
import type { ClientMessage, ServerMessage, WireQuote } from "../../src/session/protocol.ts";

/** What fast-check draws for tests of the wire protocols: valid messages, and anything but. */

const TYPES = [
  ...["subscribe", "unsubscribe", "resume", "stats", "ping", "hello", "ack", "snapshot", "update"],
  ...["heartbeat", "resumed", "pong", "error", "closing", "join", "message", "binary", "rename"],
  ...["presence", "history", "leave", "auth", "__proto__", "constructor", "toString"],
];
const FIELDS = [
  ...["id", "symbols", "sources", "history", "max_rate_ms", "epoch", "seq", "quotes", "complete"],
  ...["conflated", "feed", "kind", "room", "username", "content", "key", "data", "messages"],
  ...["__proto__", "session", "limits", "server_time", "token"],
];

/** As `JSON.parse` makes objects. */
const plain = { noNullPrototype: true } as const;
const aUnit = fc.oneof(fc.nat(0xffff), fc.nat(0xff)).map((code) => String.fromCharCode(code));
/** Code units in any order, half pairs and control characters included. */
export const aStrangeText: fc.Arbitrary<string> = fc.string({ unit: aUnit });
/** As JSON carries them: minus zero and what is not finite do not come back. */
const aNumber = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const aText = fc.string({ unit: "binary", maxLength: 40 });
const aName = fc.string({ unit: "binary", minLength: 1, maxLength: 32 });
/** Longer than any name or id may be. */
const aLongText = fc.string({ minLength: 65, maxLength: 600 });
const names = fc.oneof(
  fc.constant("*" as const),
  fc.array(aName, { minLength: 1, maxLength: 20 }),
);
/** What a client may tie a reply to its request with. */
export const anId: fc.Arbitrary<number | string> = fc.oneof(
  fc.maxSafeInteger(),
  fc.string({ unit: "binary", minLength: 1, maxLength: 64 }),
)
  .map((id) => typeof id === "number" ? id + 0 : id);

/** JSON in which types and fields are often those of the protocols, and values are anything. */
const nearly = fc.tuple(
  fc.constantFrom(...TYPES),
  fc.dictionary(fc.constantFrom(...FIELDS), fc.oneof(fc.jsonValue(), aName, anId, aLongText), {
    maxKeys: 8,
  }),
).map(([type, fields]) => JSON.stringify({ type, ...fields }));

/** Anything that a peer may send as one frame. */
export const aStrangeFrame: fc.Arbitrary<unknown> = fc.oneof(
  nearly,
  fc.json(),
  aStrangeText,
  fc.uint8Array().map((bytes) => new Uint8Array(bytes).buffer),
  fc.anything(),
);

const subscription = {
  symbols: names,
  sources: names,
  history: fc.integer({ min: 0, max: 100 }),
  max_rate_ms: fc.integer({ min: 0, max: 60_000 }),
};

/** Every message that a client of v1 may send. */
export const aClientMessage: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record({ type: fc.constant("subscribe" as const), id: anId, ...subscription }, {
    requiredKeys: ["type", "id", "symbols"],
    noNullPrototype: true,
  }),
  fc.record({ type: fc.constant("unsubscribe" as const), id: anId, symbols: names }, plain),
  fc.record({
    type: fc.constant("resume" as const),
    id: anId,
    epoch: fc.string({ unit: "binary", minLength: 1, maxLength: 64 }),
    seq: fc.nat(),
    ...subscription,
  }, { requiredKeys: ["type", "id", "symbols", "epoch", "seq"], noNullPrototype: true }),
  fc.record({ type: fc.constantFrom("stats" as const, "ping" as const), id: anId }, plain),
);

const aQuote: fc.Arbitrary<WireQuote> = fc.record({
  symbol: aText,
  source: aText,
  price: aNumber,
  timestamp: aNumber,
  time: aNumber,
  open: aNumber,
  history: fc.array(fc.tuple(aNumber, aNumber), { maxLength: 3 }),
}, { requiredKeys: ["symbol", "source", "price", "timestamp", "time"], noNullPrototype: true });

/** Messages that the server may send under v1. */
export const aServerMessage: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.record({
    type: fc.constant("snapshot" as const),
    epoch: aText,
    seq: aNumber,
    quotes: fc.array(aQuote, { maxLength: 5 }),
    complete: fc.boolean(),
  }, plain),
  fc.record({
    type: fc.constant("update" as const),
    seq: aNumber,
    quotes: fc.array(aQuote, { maxLength: 5 }),
    conflated: aNumber,
  }, { requiredKeys: ["type", "seq", "quotes"], noNullPrototype: true }),
  fc.record({
    type: fc.constant("heartbeat" as const),
    seq: aNumber,
    server_time: aNumber,
    feed: fc.record({
      status: fc.constantFrom("live" as const, "delayed" as const, "down" as const),
      mode: fc.constantFrom("poll" as const, "listen" as const),
      age_ms: aNumber,
    }, plain),
  }, plain),
  fc.record({
    type: fc.constant("resumed" as const),
    from: aNumber,
    to: aNumber,
    kind: fc.constantFrom("delta" as const, "snapshot" as const),
  }, plain),
  fc.record({
    type: fc.constant("closing" as const),
    reason: aText,
    reconnect_after_ms: aNumber,
  }, plain),
);
