import * as v from "valibot";
import { freePort } from "./free_port.ts";
import { prometheusPrograms } from "./prometheus_programs.ts";
import { waitFor } from "./wait_for.ts";

const sampleSchema = v.object({
  metric: v.record(v.string(), v.string()),
  value: v.tuple([v.number(), v.string()]),
});
const vectorSchema = v.object({ data: v.object({ result: v.array(sampleSchema) }) });
const rulesSchema = v.object({
  data: v.object({
    groups: v.array(v.object({
      rules: v.array(v.object({
        name: v.string(),
        health: v.string(),
        lastError: v.optional(v.string()),
        state: v.string(),
        annotations: v.record(v.string(), v.string()),
      })),
    })),
  }),
});
const targetsSchema = v.object({
  data: v.object({
    activeTargets: v.array(v.object({
      scrapePool: v.string(),
      health: v.string(),
      lastError: v.string(),
    })),
  }),
});

/** What Prometheus knows of a rule. */
export type RuleState = v.InferOutput<typeof rulesSchema>["data"]["groups"][0]["rules"][0];
/** What Prometheus knows of a target. */
export type TargetState = v.InferOutput<typeof targetsSchema>["data"]["activeTargets"][0];

/** One series at one moment. */
export interface Measured {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A real Prometheus of one test's own. */
export interface TestPrometheus extends AsyncDisposable {
  /** What an expression is now. @throws {Error} with Prometheus' words when it is none */
  query(expression: string): Promise<readonly Measured[]>;
  rules(): Promise<readonly RuleState[]>;
  targets(): Promise<readonly TargetState[]>;
}

const START_DEADLINE_MS = 30_000;
const ANSWER_DEADLINE_MS = 10_000;

/**
 * Starts one and waits until it answers. What it keeps goes with it.
 *
 * @param configPath what it loads its files from too
 */
export async function startPrometheus(configPath: string): Promise<TestPrometheus> {
  const { prometheus } = await prometheusPrograms();
  const folder = await Deno.makeTempDir({ prefix: "quotewire-prometheus-" });
  const port = freePort();
  const child = new Deno.Command(prometheus, {
    args: [
      `--config.file=${configPath}`,
      `--storage.tsdb.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const ask = async <Schema extends v.GenericSchema>(path: string, schema: Schema) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, {
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Cannot ask Prometheus for ${path}: it says ${text}`);
    return v.parse(schema, JSON.parse(text));
  };
  const close = async () => {
    child.kill("SIGKILL");
    await child.status;
    await Deno.remove(folder, { recursive: true });
  };
  try {
    await waitFor("Prometheus to answer", () => isReady(port), START_DEADLINE_MS);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async query(expression) {
      const path = `query?query=${encodeURIComponent(expression)}`;
      const { data } = await ask(path, vectorSchema);
      return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    rules: async () => (await ask("rules", rulesSchema)).data.groups.flatMap(({ rules }) => rules),
    targets: async () => (await ask("targets", targetsSchema)).data.activeTargets,
    [Symbol.asyncDispose]: close,
  };
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/-/ready`);
    await answer.body?.cancel();
    return answer.ok;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
