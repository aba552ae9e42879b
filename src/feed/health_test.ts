import assert from "node:assert/strict";
import { FeedHealth } from "./health.ts";

const INTERVAL_MS = 5000;

function readAt(health: FeedHealth, nowMs: number): void {
  health.readStarted(nowMs);
  health.readSucceeded();
}

Deno.test("FeedHealth is down until the first read", () => {
  const health = new FeedHealth("poll", INTERVAL_MS, 0);
  assert.equal(health.status(0).status, "down");
  readAt(health, 10);
  assert.deepEqual(health.status(20), { status: "live", mode: "poll", ageMs: 10 });
});

Deno.test("FeedHealth.isStarting until the first read has ended, well or not", () => {
  const health = new FeedHealth("poll", INTERVAL_MS, 0);
  health.readStarted(10);
  health.databaseAnswered();
  assert.equal(health.isStarting, true);
  health.readFailed();
  assert.equal(health.isStarting, false);
  health.readStarted(20);
  assert.equal(health.isStarting, false);
  const quick = new FeedHealth("poll", INTERVAL_MS, 0);
  readAt(quick, 10);
  assert.equal(quick.isStarting, false);
});

Deno.test("FeedHealth is down from the moment the database is silent", () => {
  const health = new FeedHealth("poll", INTERVAL_MS, 0);
  readAt(health, 0);
  health.databaseSilent();
  assert.equal(health.status(1).status, "down");
});

Deno.test("FeedHealth stays down after an outage until a read has succeeded", () => {
  const health = new FeedHealth("poll", INTERVAL_MS, 0);
  readAt(health, 0);
  health.readStarted(10);
  health.readFailed();
  health.databaseSilent();
  assert.equal(health.databaseAnswered(), true);
  assert.equal(health.databaseAnswered(), false);
  assert.equal(health.status(20).status, "down");
  readAt(health, 30);
  assert.equal(health.status(30).status, "live");
});

Deno.test("FeedHealth is delayed while a read takes long", () => {
  const health = new FeedHealth("poll", INTERVAL_MS, 0);
  readAt(health, 0);
  health.readStarted(100);
  assert.equal(health.status(1000).status, "live");
  assert.equal(health.status(1200).status, "delayed");
});

Deno.test("FeedHealth is delayed when a read is overdue", () => {
  const health = new FeedHealth("poll", INTERVAL_MS, 0);
  readAt(health, 0);
  assert.equal(health.status(6400).status, "live");
  assert.equal(health.status(6600).status, "delayed");
});

Deno.test("FeedHealth in listen mode is delayed until notifications are proven to arrive", () => {
  const health = new FeedHealth("listen", INTERVAL_MS, 0);
  readAt(health, 0);
  assert.equal(health.status(1).status, "delayed");
  health.pulseReturned(2, false);
  assert.equal(health.status(3).status, "live");
  health.pulseLost();
  assert.equal(health.status(4).status, "delayed");
});

Deno.test("FeedHealth counts prices as fresh up to a pulse that found nothing to read", () => {
  const health = new FeedHealth("listen", INTERVAL_MS, 0);
  readAt(health, 0);
  health.pulseReturned(4000, false);
  assert.equal(health.status(4010).ageMs, 10);
});

Deno.test("FeedHealth does not count prices as fresh while a read is due or under way", () => {
  const health = new FeedHealth("listen", INTERVAL_MS, 0);
  readAt(health, 0);
  health.pulseReturned(4000, true);
  assert.equal(health.status(4010).ageMs, 4010);
  health.readStarted(4020);
  health.pulseReturned(4030, false);
  assert.equal(health.status(4040).ageMs, 4040);
});

Deno.test("FeedHealth is delayed while inserts are not announced, although pulses come back", () => {
  const health = new FeedHealth("listen", INTERVAL_MS, 0);
  readAt(health, 0);
  health.insertsAnnounced(false);
  health.pulseReturned(4000, false);
  assert.deepEqual(health.status(4010), { status: "delayed", mode: "listen", ageMs: 4010 });
  health.insertsAnnounced(true);
  health.pulseReturned(4020, false);
  assert.equal(health.status(4030).status, "live");
});
