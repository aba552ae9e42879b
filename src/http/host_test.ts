import assert from "node:assert/strict";
import { type HostPolicy, isHostAllowed } from "./host.ts";

const LOCAL: HostPolicy = { allowedHosts: [], loopback: true };
const PROXIED: HostPolicy = { allowedHosts: ["feed.example"], loopback: true };
const PUBLIC: HostPolicy = { allowedHosts: [], loopback: false };

for (
  const host of [
    "localhost",
    "LOCALHOST:8080",
    "app.localhost:8080",
    "127.0.0.1:8080",
    "[::1]:8080",
    "192.168.1.7:8080",
  ]
) {
  Deno.test(`isHostAllowed() welcomes ${host}, which nobody else can point here`, () => {
    assert.ok(isHostAllowed(host, LOCAL));
    assert.ok(isHostAllowed(host, { allowedHosts: ["feed.example"], loopback: false }));
  });
}

for (
  const host of [
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "feed.example",
    "localhost, evil.example",
    "localhost@evil.example",
    "localhost:8080:8080",
    "[evil.example]",
    "",
  ]
) {
  Deno.test(`isHostAllowed() keeps ${host || "an empty name"} from a server on loopback`, () => {
    assert.ok(!isHostAllowed(host, LOCAL));
  });
}

Deno.test("isHostAllowed() takes the names that the operator lists, exactly", () => {
  assert.ok(isHostAllowed("feed.example", PROXIED));
  assert.ok(isHostAllowed("Feed.Example:443", PROXIED));
  assert.ok(!isHostAllowed("evil.feed.example", PROXIED));
  assert.ok(!isHostAllowed("feed.example.evil.example", PROXIED));
});

// What broke: a public server took them, and its first look at the URL then failed with 500.
for (
  const host of ["", "[", "[::1", "^", "%", "%41", "<x>", "a b", "x:99999", "x:8080:1", "a\\b"]
) {
  Deno.test(`isHostAllowed() takes ${host || "no host"} nowhere, because no URL can have it`, () => {
    for (const policy of [LOCAL, PROXIED, PUBLIC]) assert.ok(!isHostAllowed(host, policy));
  });
}

Deno.test("isHostAllowed() takes any name on a public server without a list", () => {
  for (const host of ["whatever.example", "a_b.internal:8080", "xn--bcher-kva.example:443"]) {
    assert.ok(isHostAllowed(host, PUBLIC), host);
  }
});
