import { runCommand } from "./command.ts";
import { SetupError } from "../src/errors.ts";
import { NOISY, SHORTENED } from "./bench.ts";
import { scenarioReport, shortcomings } from "./report.ts";
import { isSound } from "./result.ts";
import { readResults } from "./results_file.ts";
import { SCENARIOS } from "./scenarios.ts";

const DOCUMENT = new URL("../docs/performance.md", import.meta.url);
const BEGIN = "<!-- begin: deno task bench --document -->";
const END = "<!-- end -->";

/**
 * Puts the tables of the last results between the marks of docs/performance.md.
 *
 * @returns what was done
 * @throws {SetupError} when a scenario is missing, was a trial, or has something in it that was not run or was wrong
 */
export async function writeDocument(): Promise<string> {
  const { scenarios } = await readResults();
  const missing = SCENARIOS.filter(({ name }) => scenarios.every((one) => one.name !== name));
  const unsound = scenarios.filter((result) => !isSound(result));
  const trials = scenarios.filter(({ setup }) => SHORTENED in setup || NOISY in setup);
  if (missing.length + unsound.length + trials.length > 0) {
    const reasons = [
      ...missing.map(({ name }) => `- ${name} has not been measured`),
      ...trials.map(({ name }) => `- ${name} was shortened, or measured on a busy machine`),
      ...unsound.map((result) => `${result.name}:\n${shortcomings(result)}`),
    ];
    throw new SetupError(
      `Cannot write the document: results must be complete:\n${reasons.join("\n")}`,
    );
  }
  const text = await Deno.readTextFile(DOCUMENT);
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new SetupError(`Cannot write the document: must have the marks ${BEGIN} and ${END}`);
  }
  const tables = scenarios.map(scenarioReport).join("\n\n");
  await Deno.writeTextFile(DOCUMENT, `${before}${BEGIN}\n\n${tables}\n\n${END}${after}`);
  await runCommand(Deno.execPath(), ["fmt", "--quiet", DOCUMENT.pathname]);
  return `${scenarios.length} scenarios written to ${DOCUMENT.pathname}`;
}
