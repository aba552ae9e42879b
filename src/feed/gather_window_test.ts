import assert from "node:assert/strict";
import { GatherWindow } from "./gather_window.ts";

/** The window that has formed after ten seconds of so many prices a second, in batches of 10 ms. */
function windowMs(sessions: number, pricesPerSecond: number): number {
  const window = new GatherWindow(() => sessions);
  let nowMs = 0;
  for (; nowMs < 10_000; nowMs += 10) window.found(pricesPerSecond / 100, nowMs);
  window.began(nowMs);
  return window.remainingMs(nowMs);
}

Deno.test("GatherWindow.remainingMs() is 0 up to 100,000 deliveries a second", () => {
  assert.equal(windowMs(0, 5000), 0);
  assert.equal(windowMs(100, 900), 0);
});

Deno.test("GatherWindow.remainingMs() widens from there to 500,000", () => {
  assert.ok(Math.abs(windowMs(100, 3000) - 40) < 1);
  assert.equal(windowMs(100, 5500), 80);
  assert.equal(windowMs(100, 50_000), 80);
});

Deno.test("GatherWindow.remainingMs() grows with the sessions, up to 100 ms", () => {
  assert.equal(windowMs(50, 11_000), 40);
  assert.equal(windowMs(300, 5500), 100);
  assert.equal(windowMs(5000, 500), 100);
});

Deno.test("GatherWindow.remainingMs() lets the first read after a pause begin at once", () => {
  const window = new GatherWindow(() => 10_000);
  window.found(5000, 0);
  assert.ok(window.remainingMs(0) <= 0);
  window.began(0);
  window.found(5000, 1);
  assert.equal(window.remainingMs(1), 99);
  assert.ok(window.remainingMs(100) <= 0);
});

Deno.test("GatherWindow.remainingMs() forgets a burst", () => {
  const window = new GatherWindow(() => 1000);
  window.found(5000, 0);
  window.found(1, 10_000);
  window.began(10_000);
  assert.equal(window.remainingMs(10_000), 0);
});

// The rate grew from 0 in half a second. So whoever had 5,000 clients sent the first prices after a pause
// in four small frames each, one right after the other, and all were late for two seconds.
Deno.test("GatherWindow.remainingMs() is whole after the first burst that follows a pause", () => {
  const window = new GatherWindow(() => 5000);
  for (const atMs of [0, 10_000]) {
    window.began(atMs);
    window.found(10, atMs);
    assert.equal(window.remainingMs(atMs), 100);
  }
});

Deno.test("GatherWindow.remainingMs() is 0 after the first prices that are few", () => {
  const [one, forty] = [new GatherWindow(() => 5000), new GatherWindow(() => 100)];
  one.began(0);
  one.found(1, 0);
  assert.equal(one.remainingMs(0), 0);
  forty.began(0);
  forty.found(40, 0);
  assert.equal(forty.remainingMs(0), 0);
});
