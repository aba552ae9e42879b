import assert from "node:assert/strict";
import fc from "fast-check";
import { importJWK } from "jose";
import * as v from "valibot";
import { JwtVerifier } from "../../src/auth/jwt_verifier.ts";
import { readKeySet } from "../../src/auth/key_set.ts";
import { ConfigError } from "../../src/errors.ts";
import { roomSchema } from "../../src/session/chat_protocol.ts";
import { JWT_SECRET, makeKeys, signToken } from "../support/tokens.ts";

const FAULT_CHARACTERS_MAX = 100;
const aPart = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.jsonValue().map(base64url),
  fc.record({
    alg: fc.constantFrom("HS256", "RS256", "ES256", "none", "HS512", "", 7, null, "__proto__"),
    kid: fc.constantFrom("r", "e", "x", null),
    crit: fc.constantFrom(undefined, ["exp"], []),
  }).map(base64url),
);
/** Texts of which many look like a JWT from afar. */
const aStrangeToken = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.array(aPart, { maxLength: 6 }).map((parts) => parts.join(".")),
);
const claims = fc.record({
  sub: mostly(fc.string({ minLength: 1, maxLength: 64 })),
  exp: mostly(fc.integer({ min: 1_000_000_000, max: 1e10 }), fc.double()),
  symbols: mostly(fc.array(fc.string({ minLength: 1 })), fc.constant("*")),
  rooms: mostly(fc.array(fc.string({ minLength: 1 })), fc.constant("*")),
}, { requiredKeys: [], noNullPrototype: true });

/** Right values, and now and then any other. */
function mostly(...right: fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> {
  return fc.oneof(...right.map((arbitrary) => ({ arbitrary, weight: 4 })), fc.jsonValue());
}

function base64url(value: unknown): string {
  return encode(new TextEncoder().encode(JSON.stringify(value)));
}

function encode(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

async function verifier(): Promise<JwtVerifier> {
  await using keys = await makeKeys();
  return new JwtVerifier({
    secret: JWT_SECRET,
    keys: await readKeySet(keys.path),
    issuer: undefined,
    audience: undefined,
  });
}

Deno.test("JwtVerifier.verify() refuses every text that nobody has signed, in words of its own", async () => {
  const jwt = await verifier();
  await fc.assert(fc.asyncProperty(aStrangeToken, async (token) => {
    const verdict = await jwt.verify(token);
    assert.ok(!verdict.ok);
    assert.ok(verdict.fault.length < FAULT_CHARACTERS_MAX);
    if (token.length > 20) assert.ok(!verdict.fault.includes(token), "what was sent is not quoted");
  }));
});

Deno.test("JwtVerifier.verify() refuses a signed token in which anything is changed", async () => {
  const jwt = await verifier();
  const token = await signToken({ symbols: ["A"] });
  assert.ok((await jwt.verify(token)).ok);
  const meaning = (text: string) => text.split(".").map((part) => decoded(part)).join();
  const changes = fc.tuple(fc.nat(token.length - 1), fc.string({ unit: "binary", maxLength: 2 }));
  await fc.assert(fc.asyncProperty(changes, async ([at, other]) => {
    const changed = token.slice(0, at) + other + token.slice(at + 1);
    // The last bits of a part mean nothing where they fill no byte.
    if (meaning(changed) === meaning(token)) return;
    assert.ok(!(await jwt.verify(changed)).ok, changed);
  }));
});

Deno.test("JwtVerifier.verify() allows nothing beyond well-formed claims, whatever is signed", async () => {
  const jwt = await verifier();
  const nowS = Date.now() / 1000;
  let taken = 0;
  await fc.assert(fc.asyncProperty(claims, async (given) => {
    const verdict = await jwt.verify(await signAnything(given));
    if (!verdict.ok) return;
    taken += 1;
    const { subject, expiresAtMs, symbols, rooms } = verdict.grant;
    assert.equal(subject, given.sub);
    assert.ok(expiresAtMs !== undefined && expiresAtMs > nowS * 1000);
    if (given.symbols !== undefined) assert.deepEqual([...symbols].sort(), sorted(given.symbols));
    if (rooms === "*") return assert.equal(given.rooms ?? "*", "*");
    assert.ok(Array.isArray(given.rooms));
    assert.deepEqual(
      new Set([...rooms].filter((room) => kept([room]).has(room))),
      kept(given.rooms),
    );
  }));
  assert.ok(taken > 0, "some are taken");
});

Deno.test("readKeySet() reads keys or says in a ConfigError what is wrong, whatever the file holds", async () => {
  const aKey = fc.record({
    kty: fc.constantFrom("RSA", "EC", "oct", "OKP", null),
    crv: fc.constantFrom("P-256", "P-384", 1),
    x: fc.oneof(fc.string({ minLength: 43, maxLength: 43 }), fc.base64String()),
    y: fc.oneof(fc.string({ minLength: 43, maxLength: 43 }), fc.base64String()),
    n: fc.oneof(fc.string({ minLength: 342, maxLength: 342 }), fc.jsonValue()),
    e: fc.oneof(fc.constant("AQAB"), fc.string(), fc.jsonValue()),
    alg: fc.constantFrom("RS256", "ES256", "HS256"),
  }, { requiredKeys: [], noNullPrototype: true });
  const coordinate = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/);
  const aPoint = fc.record({
    kty: fc.constant("EC"),
    crv: fc.constant("P-256"),
    x: coordinate,
    y: coordinate,
  });
  const files = fc.oneof(
    fc.record({ keys: fc.array(fc.oneof(aKey, aPoint), { maxLength: 3 }) }).map((set) =>
      JSON.stringify(set)
    ),
    fc.json(),
    fc.string({ unit: "binary" }),
  );
  const path = await Deno.makeTempFile();
  try {
    await fc.assert(fc.asyncProperty(files, async (text) => {
      await Deno.writeTextFile(path, text);
      try {
        for (const key of (await readKeySet(path)).keys) {
          assert.equal(key.d, undefined);
          await importJWK(key, key.kty === "RSA" ? "RS256" : "ES256");
        }
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        assert.match(error.message, /^Cannot read AUTH_JWKS_FILE /);
      }
    }));
  } finally {
    await Deno.remove(path);
  }
});

/** As an issuer that knows the secret and no rules. */
async function signAnything(payload: unknown): Promise<string> {
  const signed = `${base64url({ alg: "HS256" })}.${base64url(payload)}`;
  const secret = new TextEncoder().encode(JWT_SECRET);
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, hmac, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(signed));
  return `${signed}.${encode(new Uint8Array(signature))}`;
}

function decoded(part: string): string {
  try {
    return Uint8Array.fromBase64(part, { alphabet: "base64url" }).toHex();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return part;
  }
}

/** The names under which the chat keeps the rooms that somebody names so. */
function kept(names: readonly unknown[]): Set<unknown> {
  const rooms = names.map((name) => v.safeParse(roomSchema, name));
  return new Set(rooms.filter(({ success }) => success).map(({ output }) => output));
}

function sorted(value: unknown): unknown[] {
  assert.ok(Array.isArray(value) || value === "*", JSON.stringify(value));
  return [...new Set(Array.from(value, (name) => String(name).normalize("NFC")))].sort();
}
