import assert from "node:assert/strict";
import { SignJWT, UnsecuredJWT } from "jose";
import { JWT_SECRET, makeKeys, signToken } from "../../tests/support/tokens.ts";
import { Authenticator, type AuthSettings } from "./authenticator.ts";
import { readKeySet } from "./key_set.ts";

const SECRETS = {
  tokens: [
    { name: "desk", token: "desk-token-0123456789" },
    { name: "desk", token: "desk-token-new-0123456789" },
  ],
  jwtSecret: JWT_SECRET,
  keys: undefined,
  issuer: undefined,
  audience: undefined,
} satisfies AuthSettings;
const AUTHENTICATOR = new Authenticator(SECRETS);

async function faultOf(token: string, authenticator = AUTHENTICATOR): Promise<string> {
  const verdict = await authenticator.verify(token);
  assert.ok(!verdict.ok, "the token is refused");
  assert.ok(!verdict.fault.includes(token), "the fault does not quote it");
  return verdict.fault;
}

Deno.test("Authenticator.verify() knows static tokens, several of one name too", async () => {
  for (const { token } of SECRETS.tokens) {
    assert.deepEqual(await AUTHENTICATOR.verify(token), {
      ok: true,
      grant: { subject: "desk", expiresAtMs: undefined, symbols: "*", rooms: "*" },
    });
  }
});

Deno.test("Authenticator.verify() refuses what is nearly a static token", async () => {
  for (
    const token of [
      "desk",
      "desk-token-012345678",
      "desk-token-01234567890",
      "DESK-TOKEN-0123456789",
    ]
  ) {
    await faultOf(token);
  }
});

Deno.test("Authenticator.verify() reads subject, end and limits of a JWT", async () => {
  const exp = Math.floor(Date.now() / 1000) + 60;
  const token = await signToken({ exp, sub: "ada", symbols: ["A", "A"], rooms: ["lobby"] });
  assert.deepEqual(await AUTHENTICATOR.verify(await signToken({ exp })), {
    ok: true,
    grant: { subject: "ada", expiresAtMs: (exp + 5) * 1000, symbols: "*", rooms: "*" },
  });
  const verdict = await AUTHENTICATOR.verify(token);
  assert.ok(verdict.ok);
  assert.deepEqual(verdict.grant.symbols, new Set(["A"]));
  assert.deepEqual(verdict.grant.rooms, new Set(["lobby"]));
});

Deno.test("Authenticator.verify() knows a room by the name under which the chat keeps it", async () => {
  // The heart as people type it was a room that nobody could join: the chat keeps it without its U+FE0F.
  const rooms = ["❤\ufe0f", " lobby ", "e\u200d\u0301"];
  const verdict = await AUTHENTICATOR.verify(await signToken({ rooms }));
  assert.ok(verdict.ok);
  assert.deepEqual(verdict.grant.rooms, new Set(["❤", "lobby", "\u00e9"]));
});

Deno.test("Authenticator.verify() allows clocks to differ by 5 s, and no more", async () => {
  assert.ok((await AUTHENTICATOR.verify(await signToken({ expiresInS: -3 }))).ok);
  assert.equal(await faultOf(await signToken({ expiresInS: -7 })), "it must not have expired");
});

Deno.test("Authenticator.verify() wants sub, exp, and limits that can be read", async () => {
  const key = new TextEncoder().encode(JWT_SECRET);
  const sign = (claims: Record<string, unknown>) =>
    new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(key);
  const exp = Math.floor(Date.now() / 1000) + 60;
  for (
    const claims of [
      { sub: "ada" },
      { exp },
      { sub: "", exp },
      { sub: "ada", exp: String(exp) },
      // Was infinite in milliseconds, and null in the hello of the session.
      { sub: "ada", exp: 1e308 },
      { sub: "ada", exp, symbols: "A" },
      { sub: "ada", exp, symbols: [1] },
      { sub: "ada", exp, rooms: { lobby: true } },
      { sub: "ada", exp, rooms: null },
      { sub: "ada", exp, nbf: exp },
    ]
  ) {
    await faultOf(await sign(claims));
  }
});

Deno.test("Authenticator.verify() refuses a JWT that is unsigned, signed by another, changed, or too long", async () => {
  const good = await signToken();
  const [head = "", body = "", signature = ""] = good.split(".");
  const forged = btoa(JSON.stringify({ sub: "eve", exp: 9_999_999_999 })).replaceAll("=", "");
  for (
    const token of [
      new UnsecuredJWT({ sub: "ada" }).setExpirationTime("1h").encode(),
      await signToken({}, new TextEncoder().encode(JWT_SECRET.toUpperCase())),
      await signToken({}, new TextEncoder().encode(JWT_SECRET.repeat(2)), { alg: "HS512" }),
      `${head}.${forged}.${signature}`,
      `${head}.${body}.`,
      `${head}.${body}`,
      good + "x".repeat(8192),
    ]
  ) {
    await faultOf(token);
  }
});

Deno.test("Authenticator.verify() checks RS256 and ES256 with a key set, and issuer and audience", async () => {
  await using keys = await makeKeys();
  const authenticator = new Authenticator({
    ...SECRETS,
    tokens: [],
    jwtSecret: undefined,
    keys: await readKeySet(keys.path),
    issuer: "https://id.example",
    audience: "quotewire",
  });
  const claims = { iss: "https://id.example", aud: ["other", "quotewire"] };
  const rs = { alg: "RS256", kid: "r" };
  const es = { alg: "ES256", kid: "e" };
  assert.ok((await authenticator.verify(await signToken(claims, keys.rs256, rs))).ok);
  assert.ok((await authenticator.verify(await signToken(claims, keys.es256, es))).ok);
  for (const wrong of [{ iss: "https://evil.example" }, { aud: "other" }, { aud: [] }]) {
    const token = await signToken({ ...claims, ...wrong }, keys.es256, es);
    const fault = await faultOf(token, authenticator);
    assert.match(fault, /^its claim (iss|aud) must be the one that this server was set up with$/);
  }
  await faultOf(await signToken(claims), authenticator);
});

Deno.test("Authenticator.verify() never takes a public key for a secret", async () => {
  await using keys = await makeKeys();
  const authenticator = new Authenticator({ ...SECRETS, keys: await readKeySet(keys.path) });
  const file = await Deno.readTextFile(keys.path);
  for (
    const secret of [file, JSON.stringify(JSON.parse(file).keys[0]), JSON.parse(file).keys[0].n]
  ) {
    const token = await signToken({}, new TextEncoder().encode(secret), { alg: "HS256", kid: "r" });
    await faultOf(token, authenticator);
  }
});

Deno.test("Authenticator.verify() says what has to be different", async () => {
  // A wrong signature, an unknown key and a text that is no JWT were all told that they "must be known here".
  await using keys = await makeKeys();
  const authenticator = new Authenticator({ ...SECRETS, keys: await readKeySet(keys.path) });
  const other = new TextEncoder().encode(JWT_SECRET.toUpperCase());
  const inAMinute = Math.floor(Date.now() / 1000) + 60;
  const key = "its signature must be by a key that this server knows";
  for (
    const [token, fault] of [
      [await signToken({}, other), key],
      [await signToken({}, keys.es256, { alg: "ES256", kid: "unknown" }), key],
      [await signToken({ nbf: inAMinute }), "it must not be shown before its nbf"],
      [
        await new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "HS256" })
          .sign(new TextEncoder().encode(JWT_SECRET)),
        "it must have the claim exp",
      ],
      [await signToken({ rooms: 7 }), "its claim rooms must be as docs/protocol.md says"],
      [
        new UnsecuredJWT({ sub: "ada" }).encode(),
        "its algorithm must be one of HS256, RS256, ES256 here",
      ],
      ["no token of anybody", "it must be one of this server's tokens, or a JWT of its issuer"],
    ] as const
  ) {
    assert.equal(await faultOf(token, authenticator), fault);
  }
});
