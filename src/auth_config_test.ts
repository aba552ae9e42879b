import assert from "node:assert/strict";
import { type AuthConfig, readAuth } from "./auth_config.ts";
import { EnvReader } from "./env.ts";
import { ConfigError } from "./errors.ts";

function read(values: Record<string, string>): AuthConfig | undefined {
  const env = new EnvReader((name) => values[name]);
  const auth = readAuth(env);
  env.throwFaults();
  return auth;
}

function faultsOf(values: Record<string, string>): readonly string[] {
  try {
    read(values);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults;
  }
  return [];
}

Deno.test("readAuth() is off where nothing is set", () => {
  assert.equal(read({}), undefined);
});

Deno.test("readAuth() reads pairs of name and token", () => {
  assert.deepEqual(
    read({ AUTH_TOKENS: "ada:0123456789abcdef, bot-2:a_b.c~d-0123456789" })?.tokens,
    [
      { name: "ada", token: "0123456789abcdef" },
      { name: "bot-2", token: "a_b.c~d-0123456789" },
    ],
  );
});

Deno.test("readAuth() refuses tokens without a name, short, or with other characters, and shows none", () => {
  for (
    const entry of [
      "0123456789abcdef",
      ":0123456789abcdef",
      "ada:0123456789abcde",
      "ada:0123456789abcde/",
      "ada:0123456789 abcdef",
      "a da:0123456789abcdef",
    ]
  ) {
    const faults = faultsOf({ AUTH_TOKENS: `eve:fedcba9876543210,${entry}` });
    assert.equal(faults.length, 1, entry);
    assert.match(faults.join(), /is otherwise in entry 2$/);
    assert.doesNotMatch(faults.join(), /012345|fedcba/);
  }
  assert.equal(faultsOf({ AUTH_TOKENS: "," }).length, 1);
});

Deno.test("readAuth() wants a long secret, and does not show a short one", () => {
  const faults = faultsOf({ AUTH_JWT_SECRET: "0123456789abcdef0123456789abcde" });
  assert.deepEqual(faults, [
    "Cannot read AUTH_JWT_SECRET: must have 32 characters at least, is a text of 31",
  ]);
});

Deno.test("readAuth() refuses issuer and audience where no JWT can be checked", () => {
  const alone = {
    AUTH_JWT_ISSUER: "a",
    AUTH_JWT_AUDIENCE: "b",
    AUTH_TOKENS: "ada:0123456789abcdef",
  };
  assert.equal(faultsOf(alone).length, 2);
  assert.equal(faultsOf({ ...alone, AUTH_JWKS_FILE: "keys.json" }).length, 0);
});
