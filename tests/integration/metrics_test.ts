import assert from "node:assert/strict";
import type { LabelSets } from "../../src/exposition/metric.ts";
import { SERVER_METRICS } from "../../src/exposition/server_metrics.ts";
import { type AuthStage, authTest, DESK_TOKEN, SOCKETS } from "../support/auth_stage.ts";
import { insertPrices } from "../support/dashboard.ts";
import { RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { handshake } from "../support/handshake.ts";
import { openSocket, type PlainSocket } from "../support/plain_socket.ts";
import { figure, type PrometheusFamily, scrape } from "../support/prometheus_text.ts";
import { processTest } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";
import { CROWD, type WorkerStage, workerStage } from "../support/worker_stage.ts";

type Families = ReadonlyMap<string, PrometheusFamily>;

/** Well over the silence after which a worker does not count as reporting, and under what it may miss. */
const HANG_MS = 6000;
/** Who has no answer by then has met the worker that hangs, and asks again. */
const ANSWER_MS = 1000;
/** Names from outside, none of which may ever be found in a metric. */
const SYMBOL = "ZEBRACORN";
const ROOM = "okapiroom";

/** A connection to every kind of socket, each of which has said something. */
async function connectAll({ server }: AuthStage): Promise<PlainSocket[]> {
  return await Promise.all(SOCKETS.map(async ({ path, protocol }) => {
    const url = `${server.socketUrl}${path.replace("/chat", `/chat/${ROOM}`)}`;
    const client = await openSocket(url, [
      ...(protocol === null ? [] : [protocol]),
      `quotewire.bearer.${DESK_TOKEN}`,
    ]);
    client.socket.send(JSON.stringify({ type: "subscribe", id: 1, symbols: [SYMBOL] }));
    return client;
  }));
}

async function figuresOf({ server }: AuthStage): Promise<Families> {
  return (await scrape(server.url, DESK_TOKEN)).families;
}

/** The sum over all samples of a metric. */
function total(families: Families, name: string): number {
  return (families.get(name)?.samples ?? []).reduce((sum, { value }) => sum + value, 0);
}

authTest(
  "/metrics tells exactly the metrics that there are, with no label from outside",
  async (stage) => {
    const clients = await connectAll(stage);
    await insertPrices(stage.database.url, [{ symbol: SYMBOL, price: 1, source: "quaggasource" }]);
    await waitFor(
      "the price",
      () => clients[0]?.received.some((one) => String(one).includes(SYMBOL)),
    );
    const { text, families } = await scrape(stage.server.url, DESK_TOKEN);
    assert.deepEqual(
      [...families].map(([name, { type, help }]) => ({ name, type, help })),
      SERVER_METRICS.map(({ name, type, help }) => ({ name, type, help })),
    );
    for (const metric of SERVER_METRICS) {
      const sets: LabelSets = metric.type === "histogram"
        ? { le: [...metric.boundsSeconds.map(String), "+Inf"] }
        : metric.labels;
      for (const { name, labels } of families.get(metric.name)?.samples ?? []) {
        const names = name.endsWith("_bucket") || metric.type !== "histogram"
          ? Object.keys(sets)
          : [];
        assert.deepEqual(Object.keys(labels), names, name);
        for (const [label, value] of Object.entries(labels)) {
          assert.ok(sets[label]?.includes(value), `${name}: ${label} ${value}`);
        }
      }
    }
    for (const foreign of [SYMBOL, ROOM, "quagga", DESK_TOKEN, "desk", "127.0.0.1"]) {
      assert.ok(!text.includes(foreign), foreign);
    }
    await Promise.all(clients.map((client) => client.close()));
  },
);

authTest(
  "/metrics counts sessions, frames and ends, whichever worker they are on",
  async (stage) => {
    const clients = await connectAll(stage);
    const open = await waitFor("all to be counted", async () => {
      const families = await figuresOf(stage);
      return total(families, "quotewire_sessions") === clients.length ? families : undefined;
    });
    for (const { labels, value } of open.get("quotewire_sessions")?.samples ?? []) {
      assert.equal(value, 1, JSON.stringify(labels));
    }
    assert.equal(total(open, "quotewire_connects_total"), clients.length);
    assert.equal(figure(open, "quotewire_sockets"), clients.length);
    const counted = await waitFor("traffic on every endpoint", async () => {
      const families = await figuresOf(stage);
      const traffic = ["sent_frames", "sent_bytes", "received_frames", "received_bytes"];
      return traffic.every((name) =>
          families.get(`quotewire_${name}_total`)?.samples.every(({ value }) => value > 0)
        )
        ? families
        : undefined;
    });
    const ratio = figure(counted, "quotewire_sent_bytes_total", { endpoint: "feed" }) /
      figure(counted, "quotewire_sent_frames_total", { endpoint: "feed" });
    assert.ok(ratio > 20 && ratio < 5000, `${ratio} bytes a frame`);
    await insertPrices(stage.database.url, [{ symbol: SYMBOL, price: 2 }]);
    await waitFor("the delay in both workers, and the deliveries", async () => {
      const families = await figuresOf(stage);
      return figure(families, "quotewire_commit_to_send_seconds_count") >= 2 &&
        figure(families, "quotewire_delivered_updates_total") >= 3;
    });
    await Promise.all(clients.map((client) => client.close()));
    await waitFor("all to have ended", async () => {
      const families = await figuresOf(stage);
      return total(families, "quotewire_closes_total") === clients.length &&
        total(families, "quotewire_sessions") === 0;
    });
  },
);

authTest(
  "/metrics counts who is turned away, by the rule and where it was broken",
  async (stage) => {
    const { server, ask } = stage;
    await handshake(server.port, "/ws", { headers: { origin: "https://elsewhere.example" } });
    await handshake(server.port, "/ws", { headers: { authorization: "Bearer nobody-0123456789" } });
    for (const token of [undefined, "nobody-0123456789"]) {
      await (await ask("/metrics", token)).body?.cancel();
    }
    await using silent = await openSocket(`${server.socketUrl}/echo`);
    silent.socket.send("no token");
    await waitFor("the refusal", () => silent.closed !== undefined);
    const [echo] = [
      await openSocket(`${server.socketUrl}/echo`, [`quotewire.bearer.${DESK_TOKEN}`]),
    ];
    echo.socket.send(JSON.stringify({ type: "auth", token: "nobody-0123456789" }));
    await waitFor("the answer", () => echo.received.some((one) => String(one).includes("unauth")));
    await echo.close();
    const families = await figuresOf(stage);
    for (const [rule, count] of [["origin", 1], ["token", 2], ["first_message", 1]] as const) {
      assert.equal(figure(families, "quotewire_rejected_total", { rule }), count, rule);
    }
    for (
      const [name, count] of [["http", 1], ["handshake", 1], ["first_message", 1], [
        "renewal",
        1,
      ]] as const
    ) {
      assert.equal(figure(families, "quotewire_auth_failures_total", { stage: name }), count, name);
    }
  },
);

authTest("/metrics counts the rows that the feed leaves out", async (stage) => {
  // They stood in the log alone: a writer of milliseconds showed on no dashboard.
  const before = figure(await figuresOf(stage), "quotewire_feed_left_out_rows_total");
  const symbol = "LEFTOUT";
  await insertPrices(stage.database.url, [
    { symbol, price: 1, timestamp: Date.now() },
    { symbol, price: 2 },
    { symbol, price: 3, timestamp: Date.now() },
    // 20 characters for Postgres, 40 for JavaScript.
    { symbol: "🦓".repeat(20), price: 4 },
  ]);
  await waitFor(
    "the count",
    async () => figure(await figuresOf(stage), "quotewire_feed_left_out_rows_total") === before + 3,
  );
});

authTest("/metrics tells of the feed and of every isolate", async (stage) => {
  const families = await waitFor("reads of the table", async () => {
    const read = await figuresOf(stage);
    return figure(read, "quotewire_feed_state", { state: "live" }) === 1 ? read : undefined;
  });
  assert.ok(figure(families, "quotewire_feed_reads_total", { result: "ok" }) > 0);
  assert.ok(figure(families, "quotewire_feed_rows_total") >= 3);
  const reads = figure(families, "quotewire_feed_read_duration_seconds_count");
  assert.equal(reads, figure(families, "quotewire_feed_reads_total", { result: "ok" }));
  assert.ok(figure(families, "quotewire_feed_age_seconds") < 60);
  assert.equal(figure(families, "quotewire_feed_mode", { mode: "listen" }), 1);
  assert.equal(figure(families, "quotewire_feed_mode", { mode: "poll" }), 0);
  assert.equal(figure(families, "quotewire_workers"), 2);
  assert.equal(figure(families, "quotewire_workers_reporting"), 2);
  for (const isolate of ["main", "0", "1"]) {
    assert.ok(figure(families, "quotewire_heap_bytes", { isolate }) > 1_000_000);
    assert.ok(figure(families, "quotewire_cpu_seconds_total", { isolate }) > 0);
    assert.ok(figure(families, "quotewire_event_loop_lag_seconds", { isolate }) >= 0);
  }
  assert.ok(figure(families, "quotewire_resident_memory_bytes") > 10_000_000);
  assert.equal(figure(families, "quotewire_resident_memory_max_bytes"), 2_147_483_648);
  const { limits } = await (await stage.ask("/api/stats", DESK_TOKEN)).json();
  assert.equal(figure(families, "quotewire_sockets_max"), limits.sessions);
  const uptimeS = Date.now() / 1000 - figure(families, "quotewire_start_time_seconds");
  assert.ok(uptimeS > 0 && uptimeS < 600);
});

/** Asks until somebody answers: a worker that hangs gets connections as well, and one that ends drops them. */
async function scrapeAtLast({ url }: WorkerStage): Promise<Families> {
  return await waitFor("an answer", async () => {
    try {
      return (await scrape(url, undefined, ANSWER_MS)).families;
    } catch (error) {
      if (error instanceof TypeError || error instanceof DOMException) return undefined;
      throw error;
    }
  }, RECOVERY_DEADLINE_MS);
}

processTest(
  "/metrics keeps what a worker had counted that is replaced, and forgets its sessions",
  async () => {
    await using on = await workerStage();
    await on.crowd();
    const before = await scrapeAtLast(on);
    on.strike(0, { kind: "throw" });
    await waitFor("the replacement", () => on.pool.restarts === 1);
    const after = await scrapeAtLast(on);
    assert.equal(figure(after, "quotewire_worker_restarts_total"), 1);
    for (const [name, { type, samples }] of before) {
      if (type === "gauge") continue;
      for (const { name: part, labels, value } of samples) {
        assert.ok(figure(after, part, labels) >= value, `${name} ${JSON.stringify(labels)}`);
      }
    }
    assert.ok(total(after, "quotewire_sessions") < CROWD);
    await waitFor(
      "both to report",
      async () => figure(await scrapeAtLast(on), "quotewire_workers_reporting") === 2,
    );
  },
);

processTest("/metrics answers while a worker hangs, and says that it does", async () => {
  await using on = await workerStage();
  const reporting = async () => figure(await scrapeAtLast(on), "quotewire_workers_reporting");
  on.strike(1, { kind: "hang", durationMs: HANG_MS });
  await waitFor("one to be missed", async () => await reporting() === 1, RECOVERY_DEADLINE_MS);
  await waitFor("it to be back", async () => await reporting() === 2, RECOVERY_DEADLINE_MS);
  assert.equal(on.pool.restarts, 0);
});
