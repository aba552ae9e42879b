/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { ClientFixture } from "../../../tests/support/client_fixture.ts";
import { wireQuote } from "../../../tests/support/protocol_server.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { TrafficMeter } from "./traffic_meter.ts";

Deno.test("TrafficMeter counts what the client counts, in all and per second", async () => {
  await using fixture = new ClientFixture();
  const meter = new TrafficMeter(fixture.client);
  const session = await fixture.server.next();
  await session.welcome(1, [wireQuote("A", 1, 100)]);
  await fixture.phase("live");
  meter.look(1000);
  const before = fixture.client.traffic;
  session.update(2, [wireQuote("A", 2, 101), wireQuote("B", 2, 101)], 30);
  await waitFor("the update", () => fixture.client.conflatedCount === 30);
  meter.look(3000);
  const { traffic } = fixture.client;
  assert.deepEqual(meter.totals.value.wireBytes, traffic.wireBytes);
  assert.deepEqual(meter.totals.value.conflated, 30);
  assert.deepEqual(meter.perSecond.value, {
    frames: (traffic.frames - before.frames) / 2,
    prices: 1,
    wireBytes: (traffic.wireBytes - before.wireBytes) / 2,
    documentBytes: (traffic.documentBytes - before.documentBytes) / 2,
    conflated: 15,
  });
});

Deno.test("TrafficMeter says nothing of a rate before it has looked twice", async () => {
  await using fixture = new ClientFixture();
  const meter = new TrafficMeter(fixture.client);
  meter.look(5);
  meter.look(5);
  assert.equal(meter.perSecond.value.frames, 0);
});
