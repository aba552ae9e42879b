import assert from "node:assert/strict";
import { readSocketUrl } from "./socket_url.ts";

function hrefOf(text: string): string | undefined {
  return readSocketUrl(text, "/chat")?.href;
}

Deno.test("readSocketUrl() takes a dashboard's address for the service", () => {
  assert.equal(hrefOf("http://desk:9000/"), "ws://desk:9000/chat");
  assert.equal(hrefOf("https://desk.example"), "wss://desk.example/chat");
  assert.equal(hrefOf("ws://desk:9000/base/ws?a=b"), "ws://desk:9000/base/ws?a=b");
});

Deno.test("readSocketUrl() knows no other kinds of URL", () => {
  assert.deepEqual(["mailto:x", "desk:9000", ""].map(hrefOf), [undefined, undefined, undefined]);
});
