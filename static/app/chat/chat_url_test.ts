/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { chatUrl } from "./chat_url.ts";

Deno.test("chatUrl() is on the page's own server, encrypted where the page is", () => {
  assert.equal(chatUrl({ protocol: "http:", host: "a:8080" }), "ws://a:8080/chat");
  assert.equal(chatUrl({ protocol: "https:", host: "a" }), "wss://a/chat");
});
