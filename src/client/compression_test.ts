import assert from "node:assert/strict";
import { wantsCompression } from "./compression.ts";

Deno.test("wantsCompression() compresses by itself unless the server is on this machine", () => {
  for (const host of ["localhost:8080", "feed.localhost", "127.0.0.1", "127.1.2.3:1", "[::1]:80"]) {
    assert.equal(wantsCompression("auto", `ws://${host}/ws`), false, host);
  }
  for (const host of ["desk:8080", "wire.example", "192.168.0.7", "127.example", "[::2]"]) {
    assert.equal(wantsCompression("auto", `ws://${host}/ws`), true, host);
  }
});

Deno.test("wantsCompression() does as it is told, wherever the server is", () => {
  assert.equal(wantsCompression("on", "ws://localhost/ws"), true);
  assert.equal(wantsCompression("off", "wss://wire.example/ws"), false);
});

Deno.test("wantsCompression() leaves an URL that cannot be read to whoever connects", () => {
  assert.equal(wantsCompression("auto", "ws://["), false);
});
