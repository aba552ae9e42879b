import assert from "node:assert/strict";
import { Wire } from "../../tests/support/wire.ts";
import { HighWater } from "../session/high_water.ts";
import { Echo } from "./echo.ts";

const LIMITS = { sendBufferBytesMax: 100, slowClientDeadlineMs: 1000 };

function echoOver(wire: Wire): { echo: Echo; ends: string[] } {
  const ends: string[] = [];
  const echo = new Echo(
    wire,
    new HighWater(wire, LIMITS),
    ({ code }, detail) => ends.push(`${code} ${detail}`),
  );
  return { echo, ends };
}

Deno.test("Echo.send() returns the very message, text or bytes", () => {
  const wire = new Wire();
  const { echo } = echoOver(wire);
  const bytes = new Uint8Array([1, 2]).buffer;
  echo.send("text");
  echo.send(bytes);
  assert.deepEqual(wire.frames, ["text", bytes]);
});

Deno.test("Echo.send() goes on above the mark, and lets the client go beyond twice the mark", () => {
  const wire = new Wire();
  const { echo, ends } = echoOver(wire);
  wire.bufferedAmount = 200;
  echo.send("still");
  wire.bufferedAmount = 201;
  echo.send("no more");
  assert.deepEqual(wire.frames, ["still"]);
  assert.deepEqual(ends, ["4008 sends without reading the echo"]);
});

Deno.test("Echo.watch() lets the client go when it stays above the mark past the deadline", () => {
  const wire = new Wire();
  const { echo, ends } = echoOver(wire);
  assert.equal(echo.waiting, false);
  wire.bufferedAmount = 150;
  assert.equal(echo.waiting, true);
  echo.watch(10);
  echo.watch(1010);
  assert.deepEqual(ends, []);
  echo.watch(1011);
  assert.deepEqual(ends, ["4008 stopped reading"]);
});
