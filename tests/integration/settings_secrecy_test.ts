import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "jose";
import { Authority } from "../support/authority.ts";
import { readAggregatorConfig } from "../../src/aggregator_config.ts";
import { readReplayFile } from "../../src/aggregator/replay_file.ts";
import { readKeySet } from "../../src/auth/key_set.ts";
import { connectionOptions } from "../../src/backbone/connection_options.ts";
import { health } from "../../src/commands/health.ts";
import { readServerConfig } from "../../src/config.ts";
import { prepareFolder } from "../../src/db/embedded_folder.ts";
import { ConfigError, errorText } from "../../src/errors.ts";
import { readCertificate } from "../../src/server/certificate.ts";
import { openDoors } from "../../src/server/open_doors.ts";

// Each of these was shown whole by a start that was refused, when it stood in a setting that is for something
// else: `TLS_KEY="$(cat key.pem)"` printed the private key, line by line.
const TOKEN = "0123456789abcdef".repeat(3);

const QUOTED = [
  ["PORT", readServerConfig],
  ["FEED_MODE", readServerConfig],
  ["LOG_LEVEL", readServerConfig],
  ["ALLOWED_ORIGINS", readServerConfig],
  ["TRUSTED_PROXIES", readServerConfig],
  ["BACKBONE_PREFIX", readServerConfig],
  ["TICKS_PER_SECOND", readAggregatorConfig],
  ["SYMBOLS", readAggregatorConfig],
  ["AGGREGATOR_SOURCES", readAggregatorConfig],
  ["FINNHUB_URL", readAggregatorConfig],
] as const;

for (const [name, read] of QUOTED) {
  Deno.test(`A fault of ${name} does not show a secret that stands in its place`, async () => {
    for (const secret of await secrets()) {
      const fault = await faultOf(() => read((asked) => asked === name ? secret : undefined));
      assert.match(fault, new RegExp(`^Cannot read ${name}: `));
      hides(fault, secret);
    }
  });
}

const FILES = [
  ["TLS_CERT and TLS_KEY", (path: string) => readCertificate({ certPath: path, keyPath: path })],
  ["AUTH_JWKS_FILE", readKeySet],
  ["BACKBONE_CREDS_FILE", (path: string) => connectToBackbone({ credentialsFile: path })],
  ["BACKBONE_CA_FILE", (path: string) => connectToBackbone({ authorityFile: path })],
  ["REPLAY_FILE", (path: string) => readReplayFile(path, () => {}).next()],
] as const;

for (const [name, read] of FILES) {
  Deno.test(`A fault of ${name} does not show a secret that stands in place of a path`, async () => {
    for (const secret of [...await secrets(), TOKEN.repeat(6)]) {
      hides(await faultOf(() => read(secret)), secret);
    }
  });
}

Deno.test("A fault of an embedded: folder does not show a secret that stands in its place", async () => {
  const file = await Deno.makeTempFile();
  try {
    for (const path of [`${file}/${TOKEN}`, `${file}/${TOKEN}/data`]) {
      hides(await faultOf(() => prepareFolder(path)), TOKEN);
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("openDoors() does not show a secret that stands in place of a name", () => {
  const doors = openDoors({ host: TOKEN, trustedProxies: [], allowedHosts: ["a.example", TOKEN] });
  assert.equal(doors.length, 2);
  assert.match(doors.join(), /a\.example/);
  hides(doors.join(), TOKEN);
});

Deno.test("deno task health does not show a secret that stands in HOST", async () => {
  for (const secret of await secrets()) {
    const context = {
      args: [],
      env: (name: string) => name === "HOST" ? secret : undefined,
      signal: new AbortController().signal,
      print: () => {},
    };
    hides(await faultOf(() => health(context)), secret);
  }
});

/** A token, a JWK with its private part, and a private key in PEM. */
async function secrets(): Promise<string[]> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwks = JSON.stringify({ keys: [await exportJWK(privateKey)] });
  await using authority = await Authority.create();
  const pem = await Deno.readTextFile((await authority.issue()).keyPath);
  return [TOKEN, jwks, pem];
}

/** Neither the text nor any part of it that is as long as a token stands there. */
function hides(shown: string, secret: string): void {
  for (const part of secret.match(/[A-Za-z0-9+/=_-]{16,}/g) ?? []) {
    assert.ok(!shown.includes(part), `${part} is shown: ${shown}`);
  }
  assert.ok(!shown.includes(secret) && shown.length < 2000, shown);
}

async function faultOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    return error instanceof ConfigError ? error.faults.join("\n") : errorText(error);
  }
  assert.fail("it is refused");
}

function connectToBackbone(files: { credentialsFile?: string; authorityFile?: string }) {
  const rest = { hosts: ["127.0.0.1:4222"], tls: false, login: undefined, prefix: "quotewire" };
  return connectionOptions(
    { credentialsFile: undefined, authorityFile: undefined, ...rest, ...files },
    "test",
  );
}
