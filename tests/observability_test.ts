import assert from "node:assert/strict";
import * as v from "valibot";
import { parse } from "yaml";
import { AGGREGATOR_METRICS } from "../src/aggregator/aggregator_metrics.ts";
import { SERVER_METRICS } from "../src/exposition/server_metrics.ts";
import { filledIn, readAlerts, readDashboard, readObservability } from "./support/observability.ts";
import { prometheusPrograms } from "./support/prometheus_programs.ts";
import { spokenOf } from "./support/promql.ts";

/** Alert rules and dashboard, held to Prometheus' own checks, to the metrics and to the runbook. */

const ROOT = new URL("../", import.meta.url);
/** What Prometheus itself adds: to every series, and of its own. */
const OWN_LABELS = ["job", "instance", "alertname", "alertstate", "severity"];
const OWN_METRICS = ["up", "ALERTS"];
const UNITS = ["none", "short", "s", "bytes", "Bps", "cps", "percentunit"];

const casesSchema = v.object({
  tests: v.array(v.object({
    promql_expr_test: v.optional(
      v.array(v.object({ exp_samples: v.optional(v.array(v.object({ labels: v.string() })), []) })),
      [],
    ),
    alert_rule_test: v.optional(v.array(v.object({ alertname: v.string() })), []),
  })),
});

async function promtool(...args: string[]): Promise<{ code: number; output: string }> {
  const { promtool } = await prometheusPrograms();
  const { code, stdout, stderr } = await new Deno.Command(promtool, { args, cwd: ROOT }).output();
  return { code, output: [stdout, stderr].map((part) => new TextDecoder().decode(part)).join("") };
}

/** Every name under which Prometheus keeps a metric of ours, with its labels. */
function seriesNames(): Map<string, readonly string[]> {
  const all = [...SERVER_METRICS, ...AGGREGATOR_METRICS];
  return new Map(all.flatMap((metric): [string, string[]][] => {
    if (metric.type !== "histogram") return [[metric.name, Object.keys(metric.labels)]];
    const { name } = metric;
    return [[`${name}_bucket`, ["le"]], [`${name}_sum`, []], [`${name}_count`, []]];
  }));
}

/** What an expression speaks of that does not exist. */
function unknownIn(expression: string): string[] {
  const known = seriesNames();
  const { metrics, labels } = spokenOf(expression);
  const possible = new Set([
    ...OWN_LABELS,
    ...metrics.flatMap((metric) => known.get(metric) ?? []),
  ]);
  return [
    ...metrics.filter((metric) => !known.has(metric) && !OWN_METRICS.includes(metric)),
    ...labels.filter((label) => !possible.has(label)),
  ];
}

/** The address of each heading, as it is linked to. */
async function anchorsOf(path: string): Promise<Set<string>> {
  const headings = (await Deno.readTextFile(new URL(path, ROOT))).matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading.toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(" ", "-")
    ),
  );
}

Deno.test("spokenOf() finds metrics and labels, and takes nothing else for one", () => {
  const expression =
    "clamp_min(sum without (code) (rate(a_total{rule=~\"x|b_total\", k!='\\''}[5m]" +
    " offset 1h)), 1e3) > bool on (zone) group_left (team) b:c_bucket * Inf and c";
  assert.deepEqual(spokenOf(expression), {
    metrics: ["a_total", "b:c_bucket", "c"],
    labels: ["rule", "k", "code", "zone", "team"],
  });
});

Deno.test("promtool finds nothing wrong with the configuration and the rules", async () => {
  const { code, output } = await promtool("check", "config", "observability/prometheus.yml");
  assert.equal(code, 0, output);
  assert.match(output, /SUCCESS: \d+ rules found/);
});

Deno.test("Every alert fires when it should and not before, by promtool's unit tests", async () => {
  const { code, output } = await promtool("test", "rules", "observability/alerts_test.yml");
  assert.equal(code, 0, output);
  const { tests } = v.parse(casesSchema, parse(await readObservability("alerts_test.yml")));
  const fired = tests.flatMap((one) => [
    ...one.alert_rule_test.map(({ alertname }) => alertname),
    ...one.promql_expr_test.flatMap(({ exp_samples }) =>
      exp_samples.map(({ labels }) => /alertname="(\w+)"/.exec(labels)?.[1])
    ),
  ]);
  const names = (await readAlerts()).map(({ alert }) => alert);
  assert.ok(names.length > 20);
  assert.deepEqual(names.filter((name) => !fired.includes(name)), []);
});

Deno.test("Every alert names a section of the runbook, and that section names the alert", async () => {
  const path = "docs/operations.md";
  const anchors = await anchorsOf(path);
  const sections = (await Deno.readTextFile(new URL(path, ROOT))).split(/^#+ /m);
  const titled = (anchor: string) =>
    sections.find((section) =>
      anchor === section.split("\n", 1)[0]?.toLowerCase().replaceAll(" ", "-")
    );
  for (const { alert, annotations } of await readAlerts()) {
    const [file, anchor = ""] = annotations.runbook.split("#");
    assert.equal(file, path);
    assert.ok(anchors.has(anchor), `${alert}: ${anchor}`);
    assert.ok(titled(anchor)?.includes(`\`${alert}\``), `${anchor} names ${alert}`);
  }
});

Deno.test("Alerts speak of metrics and labels that exist", async () => {
  for (const { alert, expr } of await readAlerts()) assert.deepEqual(unknownIn(expr), [], alert);
});

Deno.test("The dashboard speaks of metrics and labels that exist, and leaves no metric out", async () => {
  const { panels, templating } = await readDashboard();
  const shown = new Set<string>();
  for (const { title, targets } of panels) {
    for (const { expr } of targets) {
      assert.deepEqual(unknownIn(filledIn(expr)), [], title);
      for (const metric of spokenOf(filledIn(expr)).metrics) shown.add(metric);
    }
  }
  const parts = [...SERVER_METRICS, ...AGGREGATOR_METRICS].map(({ name, type }) =>
    type === "histogram" ? `${name}_bucket` : name
  );
  assert.deepEqual(parts.filter((name) => !shown.has(name)), ["quotewire_feed_mode"]);
  for (const { query } of templating.list) {
    if (typeof query !== "string") assert.match(query.query, /^label_values\(quotewire_workers, /);
  }
});

Deno.test("Every panel says what it shows, in which unit, and what it shows when there is nothing", async () => {
  const { panels } = await readDashboard();
  const shown = panels.filter(({ type }) => type !== "row");
  assert.ok(shown.length > 20);
  const names = new Set(panels.map(({ title }) => title));
  assert.equal(names.size, panels.length, "titles are unique");
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, "ids are unique");
  for (const { title, description, fieldConfig, targets } of shown) {
    assert.ok(description, title);
    assert.ok(UNITS.includes(fieldConfig?.defaults.unit ?? ""), title);
    assert.ok(targets.length > 0, title);
  }
});

Deno.test("Every legend has as many entries as labels have values, and no more", async () => {
  const bounded = [...OWN_LABELS, ...[...seriesNames().values()].flat()];
  for (const { title, targets } of (await readDashboard()).panels) {
    for (const { legendFormat } of targets) {
      const used = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
      assert.deepEqual(used.filter((label) => !bounded.includes(label)), [], title);
      // 64 workers would be 64 lines.
      assert.ok(!used.includes("isolate"), title);
    }
  }
});

Deno.test("Panels that name a section of the runbook name one that exists", async () => {
  const headings = await anchorsOf("docs/operations.md");
  const named = (await readDashboard()).panels.flatMap(({ description = "" }) => {
    const [, titles = ""] = /Runbook: (.+)\.$/.exec(description) ?? [];
    return titles === "" ? [] : titles.split("; ");
  });
  assert.ok(named.length > 5);
  const missing = named.filter((title) => !headings.has(title.toLowerCase().replaceAll(" ", "-")));
  assert.deepEqual(missing, []);
});

Deno.test("Panels stand beside each other, within the width that there is", async () => {
  const { panels } = await readDashboard();
  for (const [at, { title, gridPos: a }] of panels.entries()) {
    assert.ok(a.x >= 0 && a.x + a.w <= 24, title);
    for (const { title: other, gridPos: b } of panels.slice(at + 1)) {
      const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      assert.ok(apart, `${title} and ${other}`);
    }
  }
});

Deno.test("Dashboard, data source and compose file are about the same places", async () => {
  const compose = await Deno.readTextFile(new URL("docker-compose.yml", ROOT));
  for (const path of ["grafana.ini", "provisioning", "dashboards"]) {
    assert.match(
      compose,
      new RegExp(`- \\./observability/grafana/${path}:/etc/grafana/${path}:ro`),
    );
  }
  const provider = await readObservability("grafana/provisioning/dashboards/quotewire.yml");
  assert.match(provider, /path: \/etc\/grafana\/dashboards$/m);
  const source = await readObservability("grafana/provisioning/datasources/prometheus.yml");
  assert.match(source, /url: http:\/\/127\.0\.0\.1:\$PROMETHEUS_PORT$/m);
  // The server's token takes the place of the file that has none.
  assert.match(compose, /\/no_token\}:\/etc\/prometheus\/no_token:ro$/m);
  const config = await readObservability("prometheus.yml");
  assert.match(config, /authorization: \{ credentials_file: no_token \}$/m);
  const interval = /scrape_interval: (\w+)/.exec(config)?.[1];
  assert.equal(/timeInterval: (\w+)/.exec(source)?.[1], interval);
});
