import assert from "node:assert/strict";
import { PRICE_WIRE } from "./server_message.ts";

Deno.test("PRICE_WIRE.decode() decodes a message of the protocol", () => {
  const message = { type: "closing", reason: "drain", reconnect_after_ms: 5 };
  assert.deepEqual(PRICE_WIRE.decode(JSON.stringify(message)), { kind: "message", message });
});

Deno.test("PRICE_WIRE.decode() tells an unknown type from a malformed message", () => {
  assert.deepEqual(PRICE_WIRE.decode('{"type":"candle","o":1}'), {
    kind: "unknown",
    type: "candle",
  });
});

Deno.test("PRICE_WIRE.decode() says what is wrong with a malformed message", () => {
  const faults = [
    new Uint8Array([1]),
    "{",
    "null",
    "[]",
    "{}",
    '{"type":7}',
    '{"type":"update","seq":1,"quotes":[{"symbol":"A","source":"x","price":"1"}]}',
    '{"type":"constructor"}',
  ].map((data) => {
    const decoded = PRICE_WIRE.decode(data);
    return decoded.kind === "malformed" ? decoded.fault : decoded.kind;
  });
  assert.equal(faults[0], "Cannot read a message: must be text, is binary");
  assert.match(faults[1] ?? "", /^Cannot read a message: must be JSON, is not: /);
  for (const fault of faults.slice(2, 6)) {
    assert.equal(fault, "Cannot read a message: must be an object with a type, is not");
  }
  assert.match(faults[6] ?? "", /update\.quotes\.0\.price: Invalid type/);
  assert.equal(faults[7], "unknown");
});

Deno.test("PRICE_WIRE.decode() keeps its complaint short, whatever it complains of", () => {
  const decoded = PRICE_WIRE.decode(
    `{"type":"update","seq":"${"x".repeat(10_000)}","quotes":[]}`,
  );
  assert.equal(decoded.kind, "malformed");
  assert.ok(decoded.kind === "malformed" && decoded.fault.length <= 200);
});
