/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { EchoTimes } from "./echo_times.ts";

function bytes(...values: number[]): ArrayBuffer {
  return new Uint8Array(values).buffer;
}

Deno.test("EchoTimes.received() measures echoes in their order, text and bytes", () => {
  const times = new EchoTimes();
  times.sent("a", 0);
  times.sent(bytes(1, 2), 10);
  assert.equal(times.received("a", 15), 15);
  assert.equal(times.received(bytes(1, 2), 16), 6);
  assert.equal(times.received("a", 17), undefined);
});

Deno.test("EchoTimes.received() passes over what comes in between", () => {
  const times = new EchoTimes();
  times.sent("a", 0);
  assert.equal(times.received('{"topic":"random"}', 1), undefined);
  assert.equal(times.received(bytes(97), 2), undefined);
  assert.equal(times.received("a", 3), 3);
});

Deno.test("EchoTimes keeps the newest 100 of what never comes back", () => {
  const times = new EchoTimes();
  for (let n = 0; n <= 100; n++) times.sent(`${n}`, n);
  assert.equal(times.received("0", 200), undefined);
  assert.equal(times.received("1", 200), 199);
});
