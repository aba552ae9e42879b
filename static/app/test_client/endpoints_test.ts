/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { destination, ENDPOINTS } from "./endpoints.ts";

const PAGE = {
  href: "http://desk:8080/test_client.html",
  protocol: "http:",
  host: "desk:8080",
};

function url(typed: string, page = PAGE): string | undefined {
  const found = destination(typed, page);
  return found.ok ? found.url : undefined;
}

Deno.test("destination() takes paths and URLs on the page's server", () => {
  assert.equal(url("/echo"), "ws://desk:8080/echo");
  assert.equal(url(" ws://desk:8080/events?topics=stats#x "), "ws://desk:8080/events?topics=stats");
  assert.equal(url("http://desk:8080/"), "ws://desk:8080/");
});

Deno.test("destination() is as safe as the page", () => {
  const page = { href: "https://desk/test_client.html", protocol: "https:", host: "desk" };
  assert.equal(url("/echo", page), "wss://desk/echo");
});

Deno.test("destination() refuses other servers and says why", () => {
  assert.equal(url("ws://elsewhere/echo"), undefined);
  assert.equal(url("javascript:alert(1)"), undefined);
  assert.equal(url("ws://["), undefined);
  const found = destination("ws://elsewhere/echo", PAGE);
  assert.ok(!found.ok);
  assert.match(found.fault, /must be on desk:8080/);
});

Deno.test("ENDPOINTS have names of their own", () => {
  assert.equal(new Set(ENDPOINTS.map(({ name }) => name)).size, ENDPOINTS.length);
});
