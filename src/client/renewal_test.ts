import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { Renewal } from "./renewal.ts";
import { TokenKeeper, type TokenSource } from "./token_keeper.ts";

function setUp(source: TokenSource) {
  const clock = new FakeClock();
  const sent: string[] = [];
  const renewal = new Renewal(new TokenKeeper(source, clock), clock, (token) => sent.push(token));
  return {
    renewal,
    sent,
    /** Lets time pass, and what was promised come true. */
    async pass(durationMs: number) {
      clock.advance(durationMs);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    },
  };
}

Deno.test("Renewal.plan() renews a minute before the end", async () => {
  const { renewal, sent, pass } = setUp(() => "fresh");
  renewal.plan({ subject: "ada", expires_in_ms: 3_600_000 });
  await pass(3_539_999);
  assert.deepEqual(sent, []);
  await pass(1);
  assert.deepEqual(sent, ["fresh"]);
});

Deno.test("Renewal.plan() renews a short token after half of its time", async () => {
  const { renewal, sent, pass } = setUp(() => Promise.resolve("fresh"));
  renewal.plan({ subject: "ada", expires_in_ms: 10_000 });
  await pass(4999);
  assert.deepEqual(sent, []);
  await pass(1);
  assert.deepEqual(sent, ["fresh"]);
});

Deno.test("Renewal.plan() asks again while no token can be had, until there is no time left", async () => {
  let asked = 0;
  const { renewal, sent, pass } = setUp(() => {
    asked += 1;
    throw new Error("not now");
  });
  renewal.plan({ subject: "ada", expires_in_ms: 8000 });
  for (const delayMs of [4000, 2000, 1000, 500]) await pass(delayMs);
  assert.equal(asked, 4);
  await pass(60_000);
  assert.equal(asked, 4);
  assert.deepEqual(sent, []);
});

Deno.test("Renewal.plan() does nothing without an end, without a function, and after stop()", async () => {
  const endless = setUp(() => "fresh");
  endless.renewal.plan({ subject: "ada" });
  const fixed = setUp("fixed");
  fixed.renewal.plan({ subject: "ada", expires_in_ms: 1000 });
  const stopped = setUp(() => "fresh");
  stopped.renewal.plan({ subject: "ada", expires_in_ms: 1000 });
  stopped.renewal.stop();
  for (const { pass, sent } of [endless, fixed, stopped]) {
    await pass(100_000_000);
    assert.deepEqual(sent, []);
  }
});
