import assert from "node:assert/strict";
import { AddressSet, isLoopback, readAddress, subscriberOf } from "./address.ts";

Deno.test("isLoopback() knows the addresses that only this machine reaches", () => {
  const hosts = ["127.0.0.1", "localhost", "::1", "0.0.0.0", "10.0.0.1", "::"];
  assert.deepEqual(hosts.map(isLoopback), [true, true, true, false, false, false]);
});

for (
  const [text, address] of [
    ["203.0.113.9", "203.0.113.9"],
    [" 203.0.113.9:4711 ", "203.0.113.9"],
    ["2001:db8::1", "2001:db8::1"],
    ["[2001:db8::1]:4711", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["::ffff:cb00:7109", "203.0.113.9"],
    ["unknown", undefined],
    ["", undefined],
    ["203.0.113.9.evil.example", undefined],
  ]
) {
  Deno.test(`readAddress() reads ${text} as ${address}`, () => {
    assert.equal(readAddress(text ?? ""), address);
  });
}

Deno.test("subscriberOf() takes the addresses of one IPv6 /64 together, and each IPv4 alone", () => {
  assert.equal(subscriberOf("2001:db8:0:7::1"), "2001:db8:0:7::/64");
  assert.equal(subscriberOf("2001:db8:0:7:ffff:ffff:ffff:ffff"), "2001:db8:0:7::/64");
  assert.equal(subscriberOf("2001:db8:0:8::1"), "2001:db8:0:8::/64");
  assert.equal(subscriberOf("::1"), "0:0:0:0::/64");
  assert.equal(subscriberOf("203.0.113.9"), "203.0.113.9");
  assert.equal(subscriberOf("::ffff:203.0.113.9"), "203.0.113.9");
});

Deno.test("AddressSet.has() knows addresses and networks of both families", () => {
  const set = new AddressSet(["127.0.0.1", "10.0.0.0/8", "fd00::/8", "2001:db8::7"]);
  for (const address of ["127.0.0.1", "10.9.8.7", "fd12::3", "2001:db8::7", "::ffff:10.1.1.1"]) {
    assert.ok(set.has(address), address);
  }
  for (const address of ["127.0.0.2", "11.0.0.1", "fe80::1", "2001:db8::8", "garbage", ""]) {
    assert.ok(!set.has(address), address);
  }
});

for (
  const word of ["proxy.example", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/9", "fd00::/129", "-1"]
) {
  Deno.test(`AddressSet refuses ${word}`, () => {
    assert.throws(() => new AddressSet([word]), RangeError);
  });
}
