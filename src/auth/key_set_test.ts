import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "jose";
import { ConfigError } from "../errors.ts";
import { readKeySet } from "./key_set.ts";

async function faultOf(content: string): Promise<string> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, content);
    await readKeySet(path);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  } finally {
    await Deno.remove(path);
  }
  assert.fail("the file is refused");
}

Deno.test("readKeySet() names a file that is not there", async () => {
  await assert.rejects(readKeySet("/nowhere/keys.json"), /AUTH_JWKS_FILE \/nowhere\/keys\.json/);
});

Deno.test("readKeySet() refuses what is no set of public keys", async () => {
  const secret = { kty: "oct", k: "AAAA" };
  for (const content of ["", "{}", '{"keys":[]}', JSON.stringify({ keys: [secret] })]) {
    assert.match(await faultOf(content), /must be a JSON Web Key Set of public keys/);
  }
  const broken = { keys: [{ kty: "EC", crv: "P-256", x: "AA", y: "AA" }] };
  assert.match(await faultOf(JSON.stringify(broken)), /keys\.0/);
});

// The parser of JSON quotes the beginning of what it cannot read: of the private key next to the right file.
Deno.test("readKeySet() does not show what a file holds that is no JSON", async () => {
  for (const secret of ["hunter2-hunter2-hunter2", `0123456789${"abcdef".repeat(20)}`]) {
    const fault = await faultOf(secret);
    assert.match(fault, /: is no JSON$/);
    assert.ok(!fault.includes(secret.slice(0, 8)), fault);
  }
});

Deno.test("readKeySet() refuses a private key, and does not show it", async () => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  const fault = await faultOf(JSON.stringify({ keys: [jwk] }));
  assert.match(fault, /must be a public key, has a private part/);
  assert.ok(!fault.includes(String(jwk.d)));
});

Deno.test("readKeySet() refuses an RSA key of under 2048 bits", async () => {
  const key = { kty: "RSA", e: "AQAB", n: "u".repeat(171) };
  assert.match(await faultOf(JSON.stringify({ keys: [key] })), /must have 2048 bits at least/);
});

Deno.test({
  name: "readKeySet() says of a file that the task may not read where it may lie",
  permissions: { read: false },
  fn: async () => {
    // Deno's advice was passed on, to run again with --allow-read, which replaces what the task may read.
    await assert.rejects(readKeySet("/etc/keys.json"), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, /the task may not read it; docs\/security\.md/);
      assert.doesNotMatch(error.message, /--allow/);
      return true;
    });
  },
});
