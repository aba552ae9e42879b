import { runCommand } from "./command.ts";
import { SetupError } from "../src/errors.ts";
import { NOISY, SHORTENED } from "./bench.ts";
import { scenarioReport } from "./report.ts";
import { isSound } from "./result.ts";
import { readResults } from "./results_file.ts";
import { SCENARIOS } from "./scenarios.ts";

const DOCUMENT = new URL("../docs/performance.md", import.meta.url);
const BEGIN = "<!-- begin: deno task bench --document -->";
const END = "<!-- end -->";

/**
 * Puts the tables of the last results between the marks of docs/performance.md, and names what has not
 * been measured properly.
 *
 * @returns what was done
 * @throws {SetupError} when nothing has been
 */
export async function writeDocument(): Promise<string> {
  const { scenarios } = await readResults();
  const proper = scenarios.filter((result) =>
    isSound(result) && !(SHORTENED in result.setup) && !(NOISY in result.setup)
  );
  if (proper.length === 0) {
    throw new SetupError("Cannot write the document: a scenario must have been measured, none was");
  }
  const missing = SCENARIOS.filter(({ name }) => proper.every((one) => one.name !== name));
  const text = await Deno.readTextFile(DOCUMENT);
  const [before, marked] = text.split(BEGIN);
  const after = marked?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new SetupError(`Cannot write the document: must have the marks ${BEGIN} and ${END}`);
  }
  const rest = missing.map(({ title }) => `- ${title}`);
  const gaps = rest.length === 0 ? [] : [`### Not measured yet\n\n${rest.join("\n")}`];
  const tables = [...proper.map(scenarioReport), ...gaps].join("\n\n");
  await Deno.writeTextFile(DOCUMENT, `${before}${BEGIN}\n\n${tables}\n\n${END}${after}`);
  await runCommand(Deno.execPath(), ["fmt", "--quiet", DOCUMENT.pathname]);
  return `${proper.length} scenarios written to ${DOCUMENT.pathname}`;
}
