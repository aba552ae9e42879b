import assert from "node:assert/strict";
import fc from "fast-check";
import { parseGreeting } from "../../src/backbone/tcp_transport.ts";
import { decodeAudience, encodeAudience } from "../../src/cluster/audience.ts";

const encoder = new TextEncoder();

const aMaybe = fc.constantFrom(undefined, true, false);
/** Something else where true or false should be. */
const aWrongFlag = fc.jsonValue().filter((value) => typeof value !== "boolean");
const aName = fc.string({ unit: "binary", maxLength: 20 });
/** What a NATS server says of itself besides. */
const others = fc.record({ server_id: aName, version: aName, max_payload: fc.nat() });

Deno.test("decodeAudience() gives back what encodeAudience() was given", () => {
  fc.assert(fc.property(fc.uuid(), fc.maxSafeNat(), (server, sessions) => {
    assert.deepEqual(decodeAudience(encodeAudience({ server, sessions })), { server, sessions });
  }));
});

Deno.test("decodeAudience() takes a number of sessions that can be one, and nothing else", () => {
  const message = fc.record({
    v: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.constantFrom("1", 2, undefined)),
    server: fc.oneof({ weight: 5, arbitrary: fc.uuid() }, fc.constantFrom("", "x", 7, undefined)),
    sessions: fc.oneof(fc.maxSafeNat(), fc.constantFrom(-1, 0.5, 2 ** 53, "3", null, undefined)),
    more: fc.constantFrom(undefined, "x".repeat(900), "x".repeat(1024)),
  });
  fc.assert(fc.property(message, (said) => {
    const payload = encoder.encode(JSON.stringify(said));
    const { server, sessions } = said;
    const isRight = said.v === 1 && typeof server === "string" && server.length === 36 &&
      Number.isSafeInteger(sessions) && Number(sessions) >= 0 && payload.length <= 1024;
    if (isRight) assert.deepEqual(decodeAudience(payload), { server, sessions });
    else assert.throws(() => decodeAudience(payload), Error);
  }));
});

Deno.test("decodeAudience() throws an error, or gives a server and its sessions, for any bytes", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.json().map((text) => encoder.encode(text)),
    // Something that was right but for one of its bytes.
    fc.tuple(fc.uuid(), fc.nat(), fc.nat(), fc.nat(255)).map(([server, sessions, at, byte]) => {
      const encoded = encodeAudience({ server, sessions });
      encoded[at % encoded.length] = byte;
      return encoded;
    }),
  );
  fc.assert(fc.property(bytes, (payload) => {
    const heard = valueOrError(() => decodeAudience(payload));
    if (heard instanceof Error) return;
    assert.match(heard.server, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i);
    assert.ok(Number.isSafeInteger(heard.sessions) && heard.sessions >= 0);
  }));
});

Deno.test("parseGreeting() reads whether a server speaks TLS, whatever else it says", () => {
  const after = fc.constantFrom("", "PING\r\n", "-ERR 'no'\r\n", 'INFO {"tls_required":7}\r\n');
  const words = fc.constantFrom("INFO ", "info ", "INFO \t");
  fc.assert(
    fc.property(words, others, aMaybe, aMaybe, after, (word, rest, required, able, next) => {
      const flags = { tls_required: required, tls_available: able };
      const line = `${word}${JSON.stringify({ ...rest, ...flags })}\r\n${next}`;
      const greeting = parseGreeting(encoder.encode(line));
      assert.equal(greeting.tls_required, required);
      assert.equal(greeting.tls_available, able);
    }),
  );
});

Deno.test("parseGreeting() takes nothing but true and false for an answer on TLS", () => {
  const flag = fc.constantFrom("tls_required", "tls_available");
  fc.assert(fc.property(others, flag, aWrongFlag, (rest, name, value) => {
    const line = `INFO ${JSON.stringify({ ...rest, [name]: value })}\r\n`;
    assert.throws(() => parseGreeting(encoder.encode(line)), Error);
  }));
});

Deno.test("parseGreeting() throws an error, or gives a greeting, for any bytes", () => {
  const aLine = fc.oneof(fc.json(), fc.string({ unit: "binary" }));
  const bytes = fc.oneof(
    fc.uint8Array(),
    aLine.map((text) => encoder.encode(`INFO ${text}\r\n`)),
    aLine.map((text) => encoder.encode(`${text}\r\n`)),
    // A line that has not ended.
    others.map((said) => encoder.encode(`INFO ${JSON.stringify(said)}`)),
  );
  fc.assert(fc.property(bytes, (said) => {
    const greeting = valueOrError(() => parseGreeting(said));
    const text = new TextDecoder().decode(said);
    if (!/^INFO\s.*\r\n/is.test(text)) {
      assert.ok(greeting instanceof Error);
      assert.match(greeting.message, /^Cannot use NATS: must greet with INFO/);
    }
    if (greeting instanceof Error) return;
    for (const flag of [greeting.tls_required, greeting.tls_available]) {
      assert.ok(flag === undefined || typeof flag === "boolean");
    }
  }));
});

function valueOrError<Value>(read: () => Value): Value | Error {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
}
