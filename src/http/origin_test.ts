import assert from "node:assert/strict";
import { isOriginAllowed, type OriginPolicy } from "./origin.ts";

const PUBLIC: OriginPolicy = {
  allowedOrigins: ["https://desk.example"],
  loopback: false,
  tls: false,
};
const LOCAL: OriginPolicy = { allowedOrigins: [], loopback: true, tls: false };

Deno.test("isOriginAllowed() lets programs in, which send no origin", () => {
  assert.equal(isOriginAllowed(null, "feed.example", PUBLIC), true);
});

Deno.test("isOriginAllowed() lets the server's own pages and listed origins in", () => {
  assert.equal(isOriginAllowed("https://feed.example", "feed.example", PUBLIC), true);
  assert.equal(isOriginAllowed("https://desk.example", "feed.example", PUBLIC), true);
});

for (
  const origin of [
    "https://evil.example",
    "https://feed.example.evil.example",
    "https://desk.example.evil.example",
    "http://desk.example",
    "https://feed.example:8443",
    "https://ada@feed.example",
    "https://feed.example/",
    "null",
    "http://localhost:3000",
    "garbage",
    "",
  ]
) {
  Deno.test(`isOriginAllowed() keeps ${origin || "an empty origin"} out of a public server`, () => {
    assert.equal(isOriginAllowed(origin, "feed.example", PUBLIC), false);
  });
}

Deno.test("isOriginAllowed() takes its own pages by either scheme behind a proxy, and by https alone with TLS", () => {
  const origins = ["http://feed.example", "https://feed.example"];
  const allowed = (policy: OriginPolicy) =>
    origins.filter((origin) => isOriginAllowed(origin, "feed.example", policy));
  assert.deepEqual(allowed(PUBLIC), origins);
  assert.deepEqual(allowed({ ...PUBLIC, tls: true }), ["https://feed.example"]);
});

Deno.test("isOriginAllowed() lets files and other local servers into a server on loopback", () => {
  for (const origin of ["null", "http://localhost:3000", "http://127.0.0.1:8000"]) {
    assert.equal(isOriginAllowed(origin, "127.0.0.1:8080", LOCAL), true);
  }
  assert.equal(isOriginAllowed("https://evil.example", "127.0.0.1:8080", LOCAL), false);
  assert.equal(isOriginAllowed("http://127.0.0.1.evil.example", "127.0.0.1:8080", LOCAL), false);
});

Deno.test("isOriginAllowed() keeps files and local servers out of a server on loopback that a proxy serves", () => {
  // Any site can open a frame whose origin is null.
  for (const origin of ["null", "http://localhost:3000"]) {
    assert.equal(isOriginAllowed(origin, "feed.example", LOCAL), false);
  }
  assert.equal(isOriginAllowed("https://feed.example", "feed.example", LOCAL), true);
});
