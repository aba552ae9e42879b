import * as v from "valibot";
import { parse } from "yaml";

/** The files of `observability/`, as far as tests look at them. */

const FOLDER = new URL("../../observability/", import.meta.url);

const alertSchema = v.object({
  alert: v.string(),
  expr: v.string(),
  for: v.optional(v.string()),
  labels: v.object({ severity: v.picklist(["critical", "warning"]) }),
  annotations: v.object({ summary: v.string(), runbook: v.string() }),
});
const alertsSchema = v.object({ groups: v.array(v.object({ rules: v.array(alertSchema) })) });

const targetSchema = v.object({
  refId: v.string(),
  expr: v.string(),
  legendFormat: v.string(),
  datasource: v.object({ type: v.literal("prometheus"), uid: v.literal("${datasource}") }),
});
const panelSchema = v.object({
  id: v.number(),
  type: v.picklist(["row", "stat", "timeseries", "state-timeline", "table"]),
  title: v.string(),
  description: v.optional(v.string()),
  gridPos: v.object({ x: v.number(), y: v.number(), w: v.number(), h: v.number() }),
  fieldConfig: v.optional(
    v.object({ defaults: v.object({ unit: v.string(), noValue: v.string() }) }),
  ),
  targets: v.optional(v.array(targetSchema), []),
});
const dashboardSchema = v.object({
  uid: v.string(),
  title: v.string(),
  schemaVersion: v.number(),
  templating: v.object({
    list: v.array(v.object({
      name: v.string(),
      type: v.picklist(["datasource", "query"]),
      query: v.union([v.string(), v.object({ query: v.string() })]),
    })),
  }),
  panels: v.array(panelSchema),
});

/** One alert rule. */
export type Alert = v.InferOutput<typeof alertSchema>;
/** One panel of the dashboard; a row is one too. */
export type Panel = v.InferOutput<typeof panelSchema>;

/** The text of one of the files. */
export async function readObservability(path: string): Promise<string> {
  return await Deno.readTextFile(new URL(path, FOLDER));
}

export async function readAlerts(): Promise<readonly Alert[]> {
  const { groups } = v.parse(alertsSchema, parse(await readObservability("alerts.yml")));
  return groups.flatMap(({ rules }) => rules);
}

export async function readDashboard(): Promise<v.InferOutput<typeof dashboardSchema>> {
  const path = "grafana/dashboards/quotewire.json";
  return v.parse(dashboardSchema, JSON.parse(await readObservability(path)));
}

/** An expression as Grafana sends it: for all servers, and over a minute. */
export function filledIn(expression: string): string {
  return expression.replaceAll("$instance", ".+").replaceAll("$__rate_interval", "1m");
}
