import assert from "node:assert/strict";
import { CLOSE_CODES, shouldReconnect } from "./close_codes.ts";

Deno.test("CLOSE_CODES have reasons that a WebSocket accepts", () => {
  for (const { reason } of Object.values(CLOSE_CODES)) {
    assert.ok(new TextEncoder().encode(reason).length <= 123, reason);
  }
});

Deno.test("CLOSE_CODES give one advice for each code", () => {
  for (const { code, reconnect } of Object.values(CLOSE_CODES)) {
    assert.equal(shouldReconnect(code), reconnect);
  }
});

Deno.test("shouldReconnect() says no after a violated rule, and yes after an accident", () => {
  assert.equal(shouldReconnect(1008), false);
  assert.equal(shouldReconnect(4008), true);
  assert.equal(shouldReconnect(1006), true);
});
