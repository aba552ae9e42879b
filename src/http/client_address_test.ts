import assert from "node:assert/strict";
import { AddressSet } from "../address.ts";
import { clientAddress } from "./client_address.ts";

const PROXIES = new AddressSet(["127.0.0.1", "10.0.0.0/8"]);

Deno.test("clientAddress() does not believe a peer that is no trusted proxy", () => {
  assert.equal(clientAddress("203.0.113.9", "198.51.100.1", PROXIES), "203.0.113.9");
});

Deno.test("clientAddress() takes the client's address from a trusted proxy", () => {
  assert.equal(clientAddress("127.0.0.1", "198.51.100.1", PROXIES), "198.51.100.1");
  assert.equal(clientAddress("127.0.0.1", "[2001:db8::1]:99", PROXIES), "2001:db8::1");
});

Deno.test("clientAddress() goes back through a row of trusted proxies and no further", () => {
  const forwardedFor = "192.0.2.66, 198.51.100.1, 10.1.2.3";
  assert.equal(clientAddress("127.0.0.1", forwardedFor, PROXIES), "198.51.100.1");
});

Deno.test("clientAddress() stays with the proxy where the header is missing or unreadable", () => {
  for (const forwardedFor of [null, "", "unknown", "198.51.100.1, unknown", "10.0.0.1".repeat(9)]) {
    assert.equal(clientAddress("127.0.0.1", forwardedFor, PROXIES), "127.0.0.1");
  }
});

Deno.test("clientAddress() ends where a header never does", () => {
  const forwardedFor = Array.from({ length: 10_000 }, () => "10.0.0.1").join(",");
  assert.equal(clientAddress("10.0.0.1", forwardedFor, PROXIES), "10.0.0.1");
});
