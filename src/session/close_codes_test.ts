import assert from "node:assert/strict";
import { CLOSE_CODES, isServersOwn, shouldReconnect } from "./close_codes.ts";

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

Deno.test("isServersOwn() says yes to what only the server can know, no to what either end may say", () => {
  for (const code of [1011, 1013, 4008, 4009, 4029]) {
    assert.equal(isServersOwn(code), true, `${code}`);
  }
  for (const code of [0, 1000, 1001, 1005, 1006, 1008, 1009, 4000, 4999]) {
    assert.equal(isServersOwn(code), false, `${code}`);
  }
});
