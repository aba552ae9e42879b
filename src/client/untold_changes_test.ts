import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { PROTOCOL_LIMITS } from "../session/protocol.ts";
import { RateLimit } from "../session/rate_limit.ts";
import { UntoldChanges } from "./untold_changes.ts";

/** A server's ear, and all that was said into it. */
class Ear {
  readonly clock = new FakeClock();
  readonly told: (readonly [string, ...string[]])[] = [];
  readonly changes = new UntoldChanges(this.clock, {
    subscribe: (symbols) => this.told.push(["subscribe", ...symbols]),
    unsubscribe: (symbols) => this.told.push(["unsubscribe", ...symbols]),
    restate: () => this.told.push(["restate"]),
  });

  /** Says so much that nothing more is told at once. */
  tire(): void {
    for (let n = 0; n < 100; n += 1) this.changes.add(["tiring"]);
    this.changes.remove(["tiring"]);
    this.told.length = 0;
  }
}

Deno.test("UntoldChanges tells the first changes at once", () => {
  const ear = new Ear();
  ear.changes.add(["A", "B"]);
  ear.changes.remove(["B"]);
  ear.changes.restate();
  assert.deepEqual(ear.told, [["subscribe", "A", "B"], ["unsubscribe", "B"], ["restate"]]);
  assert.equal(ear.changes.owesSubscribe, false);
});

Deno.test("UntoldChanges tells together what gathers, first what goes", () => {
  // A program that subscribed to 2000 symbols one by one sent 2000 messages, and was closed with 4029.
  const ear = new Ear();
  ear.tire();
  ear.changes.add(["A"]);
  ear.changes.add(["B", "C"]);
  ear.changes.remove(["B"]);
  assert.deepEqual([ear.told, ear.changes.owesSubscribe], [[], true]);
  ear.clock.advance(10_000);
  assert.deepEqual(ear.told, [["unsubscribe", "tiring", "B"], ["subscribe", "A", "C"]]);
  assert.equal(ear.changes.owesSubscribe, false);
});

Deno.test("UntoldChanges says all once where something else has changed too", () => {
  const ear = new Ear();
  ear.tire();
  ear.changes.add(["A"]);
  ear.changes.restate();
  ear.changes.restate();
  ear.clock.advance(10_000);
  assert.deepEqual(ear.told.slice(1), [["restate"]]);
});

Deno.test("UntoldChanges takes a symbol out and in again as wanted", () => {
  const ear = new Ear();
  ear.tire();
  ear.changes.remove(["A"]);
  ear.changes.add(["A"]);
  ear.clock.advance(10_000);
  assert.deepEqual(ear.told, [["unsubscribe", "tiring"], ["subscribe", "A"]]);
});

Deno.test("UntoldChanges.add() of everything makes single symbols needless", () => {
  const ear = new Ear();
  ear.tire();
  ear.changes.add(["A"]);
  ear.changes.add("*");
  ear.changes.add(["B"]);
  ear.clock.advance(10_000);
  assert.deepEqual(ear.told, [["subscribe", "*"]]);
});

Deno.test("UntoldChanges tells no more at a time than a message may name", () => {
  const ear = new Ear();
  ear.tire();
  const { symbolsMax } = PROTOCOL_LIMITS;
  ear.changes.remove(Array.from({ length: symbolsMax + 1 }, (_, n) => `S${n}`));
  ear.clock.advance(10_000);
  assert.deepEqual(ear.told.map(({ length }) => length - 1), [symbolsMax, 2]);
});

Deno.test("UntoldChanges.refused() says all that is wanted, but not at once", () => {
  const ear = new Ear();
  ear.changes.refused([]);
  ear.changes.refused([]);
  assert.deepEqual([ear.told, ear.changes.owesSubscribe], [[], true]);
  ear.clock.advance(1000);
  assert.deepEqual([ear.told, ear.changes.owesSubscribe], [[["restate"]], false]);
});

Deno.test("UntoldChanges.refused() takes out before what is not wanted, unless it is again", () => {
  const ear = new Ear();
  ear.changes.refused(["A", "B"]);
  ear.changes.add(["B"]);
  ear.clock.advance(1000);
  assert.deepEqual(ear.told, [["unsubscribe", "A"], ["restate"]]);
});

Deno.test("UntoldChanges.forget() tells nothing any more", () => {
  const ear = new Ear();
  ear.tire();
  ear.changes.add(["A"]);
  ear.changes.restate();
  ear.changes.forget();
  ear.clock.advance(10_000);
  assert.deepEqual([ear.told, ear.changes.owesSubscribe], [[], false]);
});

Deno.test("UntoldChanges stays below what the server takes, with two requests that open a connection", () => {
  const ear = new Ear();
  const server = new RateLimit({
    perSecondMax: PROTOCOL_LIMITS.changesPerSecondMax,
    burstMax: PROTOCOL_LIMITS.changesBurstMax,
  });
  let refused = 0;
  const hear = () => {
    for (const _ of ear.told.splice(0)) if (!server.take(ear.clock.nowMs())) refused += 1;
  };
  ear.told.push(["resume"], ["subscribe"]);
  for (let n = 0; n < 3000; n += 1) {
    if (n % 3 === 0) ear.changes.remove([`S${n - 1}`]);
    else ear.changes.add([`S${n}`]);
    hear();
    ear.clock.advance(10);
    hear();
  }
  assert.equal(refused, 0);
});
