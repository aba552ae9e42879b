import assert from "node:assert/strict";
import { join } from "node:path";
import * as v from "valibot";
import { parse, stringify } from "yaml";
import { RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { freePort } from "../support/free_port.ts";
import { handshake } from "../support/handshake.ts";
import { filledIn, readDashboard, readObservability } from "../support/observability.ts";
import { openSocket } from "../support/plain_socket.ts";
import { testCluster } from "../support/postgres.ts";
import { startPrometheus, type TestPrometheus } from "../support/prometheus.ts";
import { RunningProgram } from "../support/running_program.ts";
import { startServer } from "../support/server.ts";
import { processTest } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";

/** The configuration of `observability/`, in a real Prometheus that reads a real server and aggregator. */

const TOKEN = "prometheus-token-0123456789";
/** Far more than it takes; the machine may be busy. */
const DEADLINE_MS = 60_000;
/** What this time shows nothing, and says so. */
const EMPTY = ["Alerts that fire", "What went wrong", "Certificate"];

const configSchema = v.looseObject({
  global: v.looseObject({ scrape_interval: v.string(), evaluation_interval: v.string() }),
  scrape_configs: v.array(v.looseObject({
    job_name: v.string(),
    static_configs: v.array(v.object({ targets: v.array(v.string()) })),
  })),
});

interface Ports {
  readonly server: number;
  readonly aggregator: number;
}

/** The files as they are, but for the addresses, and quick: twice a second, alerts after one. */
async function writeConfig(folder: string, ports: Ports): Promise<string> {
  const config = v.parse(configSchema, parse(await readObservability("prometheus.yml")));
  config.global.scrape_interval = "500ms";
  config.global["scrape_timeout"] = "500ms";
  config.global.evaluation_interval = "500ms";
  for (const { job_name, static_configs } of config.scrape_configs) {
    const port = job_name === "quotewire" ? ports.server : ports.aggregator;
    for (const one of static_configs) one.targets = [`127.0.0.1:${port}`];
  }
  const alerts = await readObservability("alerts.yml");
  await Deno.writeTextFile(join(folder, "alerts.yml"), alerts.replaceAll(/for: \w+/g, "for: 1s"));
  await Deno.writeTextFile(join(folder, "no_token"), `${TOKEN}\n`);
  const path = join(folder, "prometheus.yml");
  await Deno.writeTextFile(path, stringify(config));
  return path;
}

async function alertState(prometheus: TestPrometheus, name: string) {
  const found = (await prometheus.rules()).find((rule) => rule.name === name);
  return found ?? assert.fail(`${name} is a rule`);
}

/** Titles of the panels for which a query finds nothing, or something that is no number. */
async function panelsWithoutData(prometheus: TestPrometheus): Promise<string[]> {
  const without: string[] = [];
  for (const { title, targets } of (await readDashboard()).panels) {
    const results = await Promise.all(targets.map(({ expr }) => prometheus.query(filledIn(expr))));
    const values = results.flat().map(({ value }) => value);
    if (targets.length > 0 && !(values.length > 0 && values.every(Number.isFinite))) {
      without.push(title);
    }
  }
  return without;
}

async function knowsBoth(prometheus: TestPrometheus): Promise<void> {
  let targets: readonly { scrapePool: string; health: string; lastError: string }[] = [];
  await waitFor(
    () => `both targets to answer: ${JSON.stringify(targets)}`,
    async () => {
      targets = await prometheus.targets();
      return targets.length === 2 && targets.every(({ health }) => health === "up");
    },
    DEADLINE_MS,
  );
}

processTest(
  "A real Prometheus reads server and aggregator, fills every panel, and alerts when Postgres is away",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "quotewire-observability-" });
    const ports = { server: freePort(), aggregator: freePort() };
    await using cluster = await testCluster();
    await using server = await startServer({
      databaseUrl: cluster.url,
      port: ports.server,
      env: { FEED_MODE: "listen", AUTH_TOKENS: `prometheus:${TOKEN}` },
    });
    await using _aggregator = RunningProgram.mainIn(
      { DATABASE_URL: cluster.url, METRICS_PORT: String(ports.aggregator), TICKS_PER_SECOND: "50" },
      "aggregator",
    );
    await using prometheus = await startPrometheus(await writeConfig(folder, ports));
    await knowsBoth(prometheus);
    await using _client = await openSocket(server.socketUrl, [`quotewire.bearer.${TOKEN}`]);
    let missing: readonly string[] = [];
    await waitFor(
      () => `data in every panel: ${missing}`,
      async () => {
        const refused = await handshake(server.port, "/ws", {
          headers: { authorization: "Bearer wrong" },
        });
        assert.equal(refused.status, 401);
        missing = await panelsWithoutData(prometheus);
        return missing.every((title) => EMPTY.includes(title));
      },
      DEADLINE_MS,
    );
    for (const { name, health, lastError } of await prometheus.rules()) {
      assert.equal(health, "ok", `${name}: ${lastError}`);
    }
    assert.equal((await alertState(prometheus, "QuotewireFeedDown")).state, "inactive");

    await cluster.stop();
    await waitFor(
      "the alert to fire",
      async () => (await alertState(prometheus, "QuotewireFeedDown")).state === "firing",
      DEADLINE_MS,
    );
    const { annotations } = await alertState(prometheus, "QuotewireFeedDown");
    assert.equal(annotations["runbook"], "docs/operations.md#the-database-is-away-or-slow");
    const shown = await prometheus.query('ALERTS{alertname="QuotewireFeedDown"}');
    assert.deepEqual(shown.map(({ labels }) => labels["alertstate"]), ["firing"]);

    await cluster.restart();
    await waitFor(
      "the alert to end",
      async () => (await alertState(prometheus, "QuotewireFeedDown")).state === "inactive",
      RECOVERY_DEADLINE_MS + DEADLINE_MS,
    );
    await Deno.remove(folder, { recursive: true });
  },
);
