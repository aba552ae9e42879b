import assert from "node:assert/strict";
import { Authority, type CertificateFiles } from "../../tests/support/authority.ts";
import { ConfigError } from "../errors.ts";
import { readCertificate } from "./certificate.ts";

const DAY_MS = 86_400_000;

async function faultsOf(files: CertificateFiles, nowMs?: number): Promise<readonly string[]> {
  try {
    await readCertificate(files, nowMs);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults;
  }
  return [];
}

Deno.test("readCertificate() returns what the files hold", async () => {
  await using authority = await Authority.create();
  const files = await authority.issue();
  const { expiresAtMs, ...texts } = await readCertificate(files);
  assert.ok(expiresAtMs > Date.now());
  assert.deepEqual(texts, {
    cert: await Deno.readTextFile(files.certPath),
    key: await Deno.readTextFile(files.keyPath),
  });
});

Deno.test("readCertificate() names every file that is missing", async () => {
  const faults = await faultsOf({ certPath: "/nowhere/c.pem", keyPath: "/nowhere/k.pem" });
  assert.equal(faults.length, 2);
  assert.match(faults.join("\n"), /^Cannot use TLS_CERT: .*\/nowhere\/c\.pem/);
  assert.match(faults.join("\n"), /^Cannot use TLS_KEY: .*\/nowhere\/k\.pem/m);
});

Deno.test("readCertificate() refuses the key of another certificate", async () => {
  await using authority = await Authority.create();
  const { certPath } = await authority.issue();
  const { keyPath } = await authority.issue();
  assert.match((await faultsOf({ certPath, keyPath })).join(), /TLS_KEY: must be the key of/);
});

Deno.test("readCertificate() refuses an expired certificate and one of the future, by the day", async () => {
  await using authority = await Authority.create();
  const files = await authority.issue({ fromMs: 10 * DAY_MS, toMs: 20 * DAY_MS });
  assert.match((await faultsOf(files, 9 * DAY_MS)).join(), /is valid from 1970-01-11/);
  assert.deepEqual(await faultsOf(files, 15 * DAY_MS), []);
  assert.match((await faultsOf(files, 21 * DAY_MS)).join(), /is expired since 1970-01-21/);
});

Deno.test("readCertificate() tells which file holds something else, and does not show it", async () => {
  await using authority = await Authority.create();
  const { certPath, keyPath } = await authority.issue();
  const secret = (await Deno.readTextFile(keyPath)).split("\n")[1] ?? "";
  const faults = await faultsOf({ certPath: keyPath, keyPath: certPath });
  assert.equal(faults.length, 2);
  assert.match(faults.join("\n"), /^Cannot use TLS_CERT: must be a certificate in PEM/);
  assert.match(faults.join("\n"), /^Cannot use TLS_KEY: must be a private key/m);
  assert.ok(secret.length > 20 && !faults.join().includes(secret));
});

Deno.test({
  name: "readCertificate() says of a file that the task may not read where it may lie",
  permissions: { read: false },
  fn: async () => {
    // Deno's advice was passed on, to run again with --allow-read, which replaces what the task may read.
    const faults = await faultsOf({ certPath: "/etc/c.pem", keyPath: "/etc/k.pem" });
    assert.equal(faults.length, 2);
    for (const fault of faults) {
      assert.match(fault, /the task may not read it; docs\/security\.md/);
      assert.doesNotMatch(fault, /--allow/);
    }
  },
});
