import assert from "node:assert/strict";
import { environmentOf, faultsOf } from "../tests/support/settings.ts";
import { type BackboneConfig, readBackbone } from "./backbone_config.ts";
import { EnvReader } from "./env.ts";

function read(values: Readonly<Record<string, string>>): BackboneConfig | undefined {
  const env = new EnvReader(environmentOf(values));
  const config = readBackbone(env);
  env.throwFaults();
  return config;
}

Deno.test("readBackbone() leaves the backbone off when nothing is set", () => {
  assert.equal(read({}), undefined);
});

Deno.test("readBackbone() reads one host or several, with the usual port where none is named", () => {
  assert.deepEqual(read({ BACKBONE: "nats://a" })?.hosts, ["a:4222"]);
  assert.deepEqual(read({ BACKBONE: "tls://a:1,b-2.example, [::1]:3/" }), {
    hosts: ["a:1", "b-2.example:4222", "[::1]:3"],
    tls: true,
    login: undefined,
    credentialsFile: undefined,
    authorityFile: undefined,
    prefix: "quotewire",
  });
});

Deno.test("readBackbone() reads a user with a password, and a token, as URLs write them", () => {
  assert.deepEqual(read({ BACKBONE: "nats://ada:p%40ss%2F@a" })?.login, {
    kind: "password",
    user: "ada",
    password: "p@ss/",
  });
  const login = { kind: "token", token: "s3cret" };
  assert.deepEqual(read({ BACKBONE: "nats://s3cret@a,b" })?.login, login);
});

for (
  const text of [
    "a:4222",
    "http://a",
    "nats://",
    "nats://a:0",
    "nats://a:65536",
    "nats://a,",
    "nats://a/path",
    "nats://a b",
    "nats://:secret@a",
    "nats://a:b:secret@a",
    "nats://secret%@a",
    `nats://${Array(17).fill("a").join()}`,
  ]
) {
  Deno.test(`readBackbone() refuses ${text.slice(0, 30)}, and shows nothing of it`, () => {
    const [fault = "", ...others] = faultsOf(() => read({ BACKBONE: text }));
    assert.match(fault, /^Cannot read BACKBONE: must be .*, is a text of \d+ characters$/);
    assert.ok(!fault.includes("secret"));
    assert.deepEqual(others, []);
  });
}

Deno.test("readBackbone() refuses a prefix that is no subject, and what belongs to a backbone without one", () => {
  const backbone = { BACKBONE: "nats://a" };
  assert.equal(read({ ...backbone, BACKBONE_PREFIX: "desk.test_1" })?.prefix, "desk.test_1");
  for (const prefix of ["a b", "a..b", "a.*", ">", ".a", "é", "a.b.c.d.e"]) {
    const faults = faultsOf(() => read({ ...backbone, BACKBONE_PREFIX: prefix }));
    assert.equal(faults.length, 1, prefix);
  }
  assert.deepEqual(faultsOf(() => read({ BACKBONE_CA_FILE: "certs/ca.pem" })), [
    "Cannot read BACKBONE_CA_FILE: must come with BACKBONE, is alone",
  ]);
});

Deno.test("readBackbone() refuses two ways to say who we are", () => {
  const both = { BACKBONE: "nats://token@a", BACKBONE_CREDS_FILE: "certs/desk.creds" };
  assert.deepEqual(faultsOf(() => read(both)), [
    "Cannot read BACKBONE_CREDS_FILE: must come without a login in BACKBONE, is there beside one",
  ]);
});
