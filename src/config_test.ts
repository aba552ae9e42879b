import assert from "node:assert/strict";
import { readDatabaseConfig, readServerConfig } from "./config.ts";
import { environmentOf, faultsOf } from "../tests/support/settings.ts";

Deno.test("readServerConfig() needs nothing set", () => {
  const config = readServerConfig(environmentOf({}));
  assert.equal(config.host, "127.0.0.1");
  assert.equal(config.port, 8080);
  assert.equal(config.feedMode, "poll");
  assert.equal(config.pollIntervalMs, 5000);
  assert.deepEqual(config.database, {
    kind: "url",
    url: "postgres://user:password@localhost:5432/stockdb",
  });
});

Deno.test("readServerConfig() takes a folder for an embedded database", () => {
  assert.deepEqual(
    readServerConfig(environmentOf({ DATABASE_URL: "embedded:.data/pg" })).database,
    {
      kind: "embedded",
      directory: ".data/pg",
    },
  );
});

Deno.test("readServerConfig() does not show a faulty DATABASE_URL, which may hold a password", () => {
  const faults = faultsOf(() =>
    readServerConfig(environmentOf({ DATABASE_URL: "mysql://u:secret@h/db" }))
  );
  assert.equal(faults.length, 1);
  assert.doesNotMatch(faults.join(), /secret/);
});

Deno.test("readServerConfig() reports every fault at once", () => {
  const faults = faultsOf(() =>
    readServerConfig(
      environmentOf({ PORT: "0", FEED_MODE: "push", ALLOWED_ORIGINS: "desk.example" }),
    )
  );
  assert.equal(faults.length, 3);
});

Deno.test("readServerConfig() takes TLS_CERT and TLS_KEY together, or neither", () => {
  const config = readServerConfig(environmentOf({ TLS_CERT: "c.pem", TLS_KEY: "k.pem" }));
  assert.deepEqual(config.tls, { certPath: "c.pem", keyPath: "k.pem" });
  assert.equal(readServerConfig(environmentOf({})).tls, undefined);
  assert.deepEqual(faultsOf(() => readServerConfig(environmentOf({ TLS_CERT: "c.pem" }))), [
    "Cannot read TLS_KEY: must be set when TLS_CERT is, is unset",
  ]);
  assert.match(
    faultsOf(() => readServerConfig(environmentOf({ TLS_KEY: "k.pem" }))).join(),
    /TLS_CERT/,
  );
});

Deno.test("readServerConfig() accepts exact origins and no patterns", () => {
  assert.deepEqual(
    readServerConfig(environmentOf({ ALLOWED_ORIGINS: "https://a.example" })).allowedOrigins,
    [
      "https://a.example",
    ],
  );
  for (const origin of ["https://a.example/", "*", "https://*.example", "null"]) {
    assert.equal(
      faultsOf(() => readServerConfig(environmentOf({ ALLOWED_ORIGINS: origin }))).length,
      1,
    );
  }
});

Deno.test("readDatabaseConfig() reads RETENTION_DAYS as days or as unset", () => {
  assert.equal(readDatabaseConfig(environmentOf({})).retentionDays, undefined);
  assert.equal(readDatabaseConfig(environmentOf({ RETENTION_DAYS: "30" })).retentionDays, 30);
  assert.equal(
    faultsOf(() => readDatabaseConfig(environmentOf({ RETENTION_DAYS: "0" }))).length,
    1,
  );
});

Deno.test("readServerConfig() takes names for hosts, and addresses and networks for proxies", () => {
  const config = readServerConfig(environmentOf({
    ALLOWED_HOSTS: "Feed.Example, desk",
    TRUSTED_PROXIES: "127.0.0.1,fd00::/8",
  }));
  assert.deepEqual(config.allowedHosts, ["feed.example", "desk"]);
  assert.deepEqual(config.trustedProxies, ["127.0.0.1", "fd00::/8"]);
  for (const host of ["feed.example:8080", "*.example", "https://feed.example", "."]) {
    assert.equal(
      faultsOf(() => readServerConfig(environmentOf({ ALLOWED_HOSTS: host }))).length,
      1,
      host,
    );
  }
  for (const proxy of ["proxy.example", "10.0.0.0/33", "*"]) {
    assert.equal(
      faultsOf(() => readServerConfig(environmentOf({ TRUSTED_PROXIES: proxy }))).length,
      1,
    );
  }
});

Deno.test("readServerConfig() limits each address where clients have different ones", () => {
  const perIp = (values: Record<string, string>) =>
    readServerConfig(environmentOf(values)).limits.sessionsPerIpMax;
  assert.equal(perIp({ HOST: "0.0.0.0" }), 1000);
  assert.equal(perIp({ TRUSTED_PROXIES: "127.0.0.1" }), 1000);
  assert.ok(perIp({}) >= readServerConfig(environmentOf({})).limits.sessionsMax);
  assert.equal(perIp({ MAX_SESSIONS_PER_IP: "7" }), 7);
});
