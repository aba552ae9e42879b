import assert from "node:assert/strict";
import { serverUrl } from "./server_url.ts";

Deno.test("serverUrl() names this machine where the server listens on all addresses", () => {
  for (const host of ["0.0.0.0", "::"]) {
    assert.equal(serverUrl({ host, port: 8080, tls: undefined }), "http://localhost:8080/");
  }
});

Deno.test("serverUrl() puts an IPv6 address in brackets", () => {
  assert.equal(serverUrl({ host: "::1", port: 80, tls: undefined }), "http://[::1]:80/");
});

Deno.test("serverUrl() is https where the server has a certificate", () => {
  const tls = { certPath: "cert.pem", keyPath: "key.pem" };
  assert.equal(serverUrl({ host: "10.0.0.1", port: 443, tls }), "https://10.0.0.1:443/");
});
