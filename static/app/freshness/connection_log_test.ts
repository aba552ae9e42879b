/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { ClientFixture } from "../../../tests/support/client_fixture.ts";
import { type ProtocolSession, wireQuote } from "../../../tests/support/protocol_server.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import { ConnectionLog } from "./connection_log.ts";

async function connect(fixture: ClientFixture): Promise<[ConnectionLog, ProtocolSession]> {
  const log = new ConnectionLog(fixture.client);
  const session = await fixture.server.next();
  await session.welcome(1, [wireQuote("A", 1, 100), wireQuote("B", 1, 100)]);
  await fixture.phase("live");
  session.heartbeat(1);
  return [log, session];
}

async function resume(
  fixture: ClientFixture,
  to: number,
  kind: "delta" | "snapshot" = "delta",
): Promise<ProtocolSession> {
  const next = await fixture.server.next();
  next.hello(kind === "delta" ? {} : { epoch: "epoch-2" });
  next.acknowledge(await next.receive("resume"));
  next.send({ type: "resumed", from: 1, to, kind });
  return next;
}

async function newest(log: ConnectionLog, kind: string) {
  return await waitFor(kind, () => {
    const event = log.events.value[0];
    return event?.kind === kind && event;
  });
}

Deno.test("ConnectionLog counts what a resumed connection brought", async () => {
  await using fixture = new ClientFixture();
  const [log, session] = await connect(fixture);
  session.close(1011, "fault");
  const next = await resume(fixture, 3);
  next.update(3, [wireQuote("A", 2, 101), wireQuote("B", 2, 101)]);
  const event = await newest(log, "resumed");
  assert.ok(event.kind === "resumed" && event.changes === 2 && event.awayMs >= 0);
  assert.deepEqual(log.events.value.map(({ kind }) => kind), ["resumed", "lost", "connected"]);
});

Deno.test("ConnectionLog says at once that nothing had changed", async () => {
  await using fixture = new ClientFixture();
  const [log, session] = await connect(fixture);
  session.close(1011, "fault");
  await resume(fixture, 1);
  const event = await newest(log, "resumed");
  assert.equal(event.kind === "resumed" && event.changes, 0);
});

Deno.test("ConnectionLog tells a fresh snapshot of another server from a resume", async () => {
  await using fixture = new ClientFixture();
  const [log, session] = await connect(fixture);
  session.close(1011, "fault");
  const next = await resume(fixture, 9, "snapshot");
  next.snapshot(9, [wireQuote("A", 1, 100)], { epoch: "epoch-2" });
  const event = await newest(log, "replaced");
  assert.ok(event.kind === "replaced" && event.prices === 1 && event.isNewServer);
});

Deno.test("ConnectionLog hears of the feed when that changes, and keeps a hundred events", async () => {
  await using fixture = new ClientFixture();
  const [log, session] = await connect(fixture);
  for (let round = 0; round < 60; round += 1) {
    for (const status of ["down", "live"] as const) {
      const feed = { status, mode: "poll", age_ms: 5 } as const;
      for (let beat = 0; beat < 2; beat += 1) {
        session.send({ type: "heartbeat", seq: 1, server_time: Date.now(), feed });
      }
    }
  }
  await waitFor("all of them", () => log.events.value[0]?.id === 121);
  assert.equal(log.events.value.length, 100);
  assert.deepEqual(
    log.events.value.slice(0, 2).map((event) => event.kind === "feed" && event.status),
    [
      "live",
      "down",
    ],
  );
});
