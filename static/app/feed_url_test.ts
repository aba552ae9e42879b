/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { feedUrl } from "./feed_url.ts";

Deno.test("feedUrl() stays on the page's host and as safe as the page", () => {
  assert.equal(feedUrl({ protocol: "http:", host: "desk:8080" }), "ws://desk:8080/ws");
  assert.equal(feedUrl({ protocol: "https:", host: "desk.example" }), "wss://desk.example/ws");
});
