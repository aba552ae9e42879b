import assert from "node:assert/strict";
import { LogRecords } from "../../tests/support/log_records.ts";
import { openSocket } from "../../tests/support/plain_socket.ts";
import {
  BUFFERS_BYTES_MAX,
  type FragileSession,
  testRegistry as test,
} from "../../tests/support/registry_stage.ts";
import { LIMITS } from "../../tests/support/session_limits.ts";
import { StalledClient } from "../../tests/support/stalled_client.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { sleep } from "../lifecycle.ts";
import type { SharedMetrics } from "../metrics.ts";

/** Waits for the next count, and for it to find more than so much. */
async function stillCounted(metrics: SharedMetrics, bytes: number): Promise<void> {
  metrics.writer(0).set("buffered_bytes_echo", 0);
  await waitFor("the next count", () => metrics.sum("buffered_bytes_echo") > bytes);
}

test("SessionRegistry ends a session that throws, with 1011, and that one alone", async ({ client, metrics }) => {
  const [fragile, other] = [await client(), await client()];
  fragile.socket.send("throw");
  await waitFor("the close", () => fragile.closed !== undefined);
  assert.equal(fragile.closed?.code, 1011);
  assert.equal(metrics.sum("updates_conflated"), 1, "what it had counted counts");
  other.socket.send("hello");
  assert.equal(await other.next("the answer"), "heard");
  assert.equal(metrics.sum("sessions_echo"), 1);
});

test("SessionRegistry ends a session that throws when all are called, and calls the others", async ({ client, group }) => {
  const [first, second] = [await client(), await client()];
  let calls = 0;
  group.each((session) => {
    calls += 1;
    if (calls === 1) throw new Error("thrown by a test");
    session.say("called");
  });
  await waitFor(
    "one close",
    () => [first, second].filter(({ closed }) => closed !== undefined).length === 1,
  );
  assert.equal(calls, 2);
});

test("SessionRegistry beats for every session once a second", async ({ client }) => {
  const one = await client();
  assert.equal(await one.next("a beat"), "beat");
  assert.equal(await one.next("another beat"), "beat");
});

test("SessionRegistry hears others between the parts of its sessions for which it beats", async ({ client, beats }) => {
  // Thousands of heartbeats went out in one go: once a second, prices were that much later.
  const heard: string[] = [];
  const sessions = new Set<FragileSession>();
  beats.act = (session) => {
    sessions.add(session);
    heard.push("beat");
    setTimeout(() => heard.push("somebody else"));
  };
  await Promise.all([client(), client()]);
  await waitFor("some beats", () => sessions.size === 2 && heard.length >= 8);
  beats.act = () => {};
  assert.ok(heard.every((what, n) => what !== heard[n + 1]), heard.join(", "));
});

test("SessionRegistry counts what waits for all sessions, and not for those of one part", async ({ client, beats, metrics }) => {
  const counts: number[] = [];
  beats.act = (session) => {
    session.waitingQuotes = 3;
    counts.push(metrics.sum("outbox_quotes_echo"));
  };
  await Promise.all([client(), client()]);
  await waitFor("all of it", () => metrics.sum("outbox_quotes_echo") === 6);
  counts.length = 0;
  await waitFor("some more parts", () => counts.length >= 4);
  beats.act = () => {};
  assert.ok(counts.every((count) => count === 6), counts.join(", "));
});

test("SessionRegistry hears others between the parts of what it sends one", async ({ client, group }) => {
  const [large, other] = [await client(), await client()];
  const sessions: FragileSession[] = [];
  group.each((session) => {
    if (sessions.push(session) === 1) session.parts = 10_000;
  });
  assert.equal(await large.next("the first part"), "9999 parts left");
  other.socket.send("hello");
  assert.equal(await other.next("the answer"), "heard");
  assert.ok(sessions[0]?.waiting, "the answer must come before the last part");
});

test("SessionRegistry lets those who have much to send take turns", async ({ client, group }) => {
  const clients = [await client(), await client()];
  const pumped: number[] = [];
  let number = 0;
  group.each((session) => {
    const own = number += 1;
    session.parts = 3;
    const pump = session.pump.bind(session);
    session.pump = () => {
      pumped.push(own);
      pump();
    };
  });
  for (const one of clients) {
    await waitFor("all parts", () => one.received.includes("0 parts left"));
  }
  assert.deepEqual(pumped, [1, 2, 1, 2, 1, 2]);
});

test("SessionRegistry counts malformed messages", async ({ client, metrics }) => {
  const one = await client();
  one.socket.send("malformed");
  await one.next("the answer");
  assert.equal(metrics.sum("messages_invalid"), 1);
});

test("SessionRegistry ends a session that sends too much, with 4029, and that one alone", async ({ client }) => {
  const [flood, other] = [await client(), await client()];
  // The burst is five seconds' worth.
  for (let n = 0; n < 5 * LIMITS.messagesPerSecondMax; n++) flood.socket.send("a message");
  for (let n = 0; n < 5 * LIMITS.messagesPerSecondMax; n++) await flood.next("an answer");
  for (let n = 0; n < 5 * LIMITS.messagesPerSecondMax; n++) flood.socket.send("a message");
  await waitFor("the close", () => flood.closed !== undefined);
  assert.equal(flood.closed?.code, 4029);
  other.socket.send("hello");
  assert.equal(await other.next("the answer"), "heard");
});

test("SessionRegistry forgets a session that Deno gave up but cannot close", async ({ port, group, metrics }) => {
  // Once data waits for a client that vanished, its socket stays in CLOSING after the idle timeout and
  // never reports the close, while bufferedAmount reads 0: the session stayed in its room for good.
  using _client = await StalledClient.open(port, null, "/");
  await waitFor("the session", () => metrics.sum("sessions_echo") === 1);
  // After the ping, which would wait behind the data, and before the idle timeout.
  await sleep(700);
  group.each((session) => session.say("x".repeat(32 * 1024 * 1024)));
  await waitFor("the session to be forgotten", () => metrics.sum("sessions_echo") === 0);
});

test("SessionRegistry knows at once what sessions were handed, and not with the next beat", async ({ client, group, buffers }) => {
  await client();
  assert.equal(buffers.full, false);
  group.each((session) => session.say("x".repeat(2 * BUFFERS_BYTES_MAX)));
  assert.equal(buffers.full, true);
  await waitFor("the client to read it", () => !buffers.full);
});

test("SessionRegistry counts what waits in the socket of a session that has ended, until it is closed", async ({ port, group, metrics }) => {
  // Deno cannot cut a socket off: what it holds stays, and was counted nowhere any more.
  const bytes = 32 * 1024 * 1024;
  {
    using client = await StalledClient.open(port, null, "/");
    await waitFor("the session", () => metrics.sum("sessions_echo") === 1);
    group.each((session) => session.say("x".repeat(bytes)));
    await waitFor("the count", () => metrics.sum("buffered_bytes_echo") > bytes / 2);
    await client.sendZeros(LIMITS.messageBytesMax + 1);
    await waitFor("the end of the session", () => metrics.sum("sessions_echo") === 0);
    await stillCounted(metrics, bytes / 2);
  }
  await waitFor("the close", () => metrics.sum("buffered_bytes_echo") === 0);
});

test("SessionRegistry counts what waits in a socket that Deno gave up, until it is closed", async ({ port, group, metrics }) => {
  const bytes = 32 * 1024 * 1024;
  {
    using _client = await StalledClient.open(port, null, "/");
    await waitFor("the session", () => metrics.sum("sessions_echo") === 1);
    // After the ping, which would wait behind the data, and before the idle timeout.
    await sleep(700);
    group.each((session) => session.say("x".repeat(bytes)));
    await waitFor("the session to be forgotten", () => metrics.sum("sessions_echo") === 0);
    await stillCounted(metrics, bytes / 2);
  }
  await waitFor("the close", () => metrics.sum("buffered_bytes_echo") === 0);
});

test("SessionRegistry counts closes of clients with the server's own codes as others", async ({ client, port, metrics }) => {
  // A client's own 4008, or the 1011 with which Python's websockets gives up on a lost pong, counted as
  // the server's: QuotewireSessionsFail woke people though the server had closed nothing.
  for (const code of [4008, 4009, 4029]) (await client()).socket.close(code, "by the client");
  await waitFor("the others", () => metrics.sum("closes_other") === 3);
  // A WebSocket may not say 1011.
  using raw = await StalledClient.open(port, null, "/");
  await waitFor("the session", () => metrics.sum("sessions_echo") === 1);
  await raw.sendClose(1011);
  await waitFor("the raw one", () => metrics.sum("sessions_echo") === 0);
  assert.equal(metrics.sum("closes_other"), 4);
  const own = ["closes_1011", "closes_4008", "closes_4009", "closes_4029"] as const;
  assert.equal(metrics.sumOf(own), 0);
});

test("SessionRegistry counts a close of a client with a code that is anybody's under that code", async ({ client, metrics }) => {
  (await client()).socket.close(1000);
  await waitFor("the close", () => metrics.sum("closes_1000") === 1);
  assert.equal(metrics.sum("closes_other"), 0);
});

test("SessionRegistry.close() lets every session say goodbye, then closes with 1001", async ({ client, registry, metrics }) => {
  const clients = [await client(), await client()];
  registry.close();
  for (const one of clients) {
    await waitFor("the close", () => one.closed !== undefined);
    assert.equal(one.received.at(-1), "closing");
    assert.equal(one.closed?.code, 1001);
  }
  assert.equal(metrics.sum("sessions_echo"), 0);
});

test("SessionRegistry.drain() tells all at once, and serves each until it is its turn", async ({ client, group, registry, metrics }) => {
  const clients = [await client(), await client()];
  const drained = registry.drain({ noticeMs: 0, windowMs: 3_600_000, graceMs: 0 });
  assert.equal(registry.draining, true);
  for (const one of clients) assert.equal(await one.next("the goodbye"), "closing");
  const gone = await waitFor(
    "one to be closed",
    () => clients.find(({ closed }) => closed !== undefined),
  );
  assert.equal(gone.closed?.code, 1001);
  group.each((session) => session.say("still here"));
  const [other] = clients.filter((one) => one !== gone);
  await waitFor("the other to be served", () => other?.received.includes("still here"));
  registry.close();
  await drained;
  await waitFor("the other to be closed", () => other?.closed !== undefined);
  assert.equal(metrics.sum("sessions_echo"), 0);
});

test("SessionRegistry.drain() also closes a session that opens behind its back", async ({ client, registry, port }) => {
  await client();
  const drained = registry.drain({ noticeMs: 3_600_000, windowMs: 0, graceMs: 0 });
  await using late = await openSocket(`ws://127.0.0.1:${port}/`);
  await late.next("the welcome");
  registry.close();
  await drained;
  await waitFor("the close", () => late.closed !== undefined);
  assert.equal(late.closed?.code, 1001);
});

test("SessionRegistry logs so many ends of sessions in one window, and then their number", async ({ client, registry, metrics }) => {
  // Whoever opened /echo and hung up, again and again, filled 55 GB of log a day.
  await using records = await LogRecords.keep();
  const reason = "x".repeat(120);
  for (let n = 1; n <= 20; n += 1) {
    (await client()).socket.close(3000, reason);
    await waitFor("the close", () => metrics.sum("closes_other") === n);
  }
  for (let n = 1; n <= 5; n += 1) {
    (await client()).socket.send("throw");
    await waitFor("the failure", () => metrics.sum("closes_1011") === n);
  }
  assert.equal(records.of("session_failed").length, 3);
  const closed = records.of("session_closed");
  assert.deepEqual(closed.map(({ closeCode }) => closeCode), [3000, 3000, 3000, 1011, 1011, 1011]);
  assert.equal(closed[0]?.["reason"], "x".repeat(80), "a client's words are cut");
  registry.close();
  const sums = records.of("log_lines_left_out");
  assert.deepEqual(sums.map(({ of, kind, count }) => [of, kind, count]), [
    ["session_closed", "by the client", 17],
    ["session_closed", "by the server", 2],
    ["session_failed", "any", 2],
  ]);
});
