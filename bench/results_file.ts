import * as v from "valibot";
import { runCommand } from "./command.ts";
import { type Results, resultsSchema, type ScenarioResult } from "./result.ts";

/** Every raw value of the newest run of each scenario. */
export const RESULTS_FILE = new URL("./results/latest.json", import.meta.url);

/** Nothing at first. */
export async function readResults(file: URL = RESULTS_FILE): Promise<Results> {
  try {
    return v.parse(resultsSchema, JSON.parse(await Deno.readTextFile(file)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { scenarios: [] };
    throw error;
  }
}

/** Puts a result in the place of the scenario's one before, in the order given. */
export async function writeResult(
  result: ScenarioResult,
  order: readonly string[],
  file: URL = RESULTS_FILE,
): Promise<void> {
  const { scenarios } = await readResults(file);
  const all = [...scenarios.filter(({ name }) => name !== result.name), result]
    .toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  await Deno.mkdir(new URL("./", file), { recursive: true });
  await Deno.writeTextFile(file, `${JSON.stringify({ scenarios: all }, null, 2)}\n`);
  await runCommand(Deno.execPath(), ["fmt", "--quiet", file.pathname]);
}
