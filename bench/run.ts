import { parseArgs } from "node:util";
import { SetupError } from "../src/errors.ts";
import { Bench, type BenchOptions } from "./bench.ts";
import { writeDocument } from "./document.ts";
import { moveProcess } from "./machine.ts";
import { isSound } from "./result.ts";
import { scenarioReport } from "./report.ts";
import { RESULTS_FILE, writeResult } from "./results_file.ts";
import { SCENARIOS } from "./scenarios.ts";

const USAGE = `deno task bench [NAME…] [--rounds=N] [--seconds=N] [--noisy] [--list] [--document]

Measures the scenarios named, or all of them, writes every raw value to
bench/results/latest.json and prints the tables.

  --rounds=N    runs of each variant, 3 by default; the tables show medians
  --seconds=N   shortens every run, for trying things out
  --noisy       keeps runs although other programs were busy meanwhile
  --list        names the scenarios
  --document    measures nothing: puts the tables of the last results into docs/performance.md
`;

/** Runs the benchmarks. Exit code 1 when something could not be run or was wrong, 2 for wrong arguments. */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string" },
      noisy: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      document: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return print(USAGE);
  if (values.document) return print(await writeDocument());
  for (const { name, title } of SCENARIOS) print(`${name.padEnd(10)} ${title}`);
  if (values.list) return 0;
  const unknown = positionals.filter((name) => SCENARIOS.every((one) => one.name !== name));
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds ?? 1)];
  if (unknown.length > 0 || !(rounds >= 1) || !(seconds > 0)) {
    print(`\nCannot run ${args.join(" ")}\n\n${USAGE}`);
    return 2;
  }
  const { noisy } = values;
  const shortened = values.seconds === undefined ? undefined : seconds;
  return await measure(positionals, { rounds, seconds: shortened, noisy, print });
}

async function measure(names: readonly string[], options: BenchOptions): Promise<number> {
  const bench = await Bench.create(options);
  await moveProcess(Deno.pid, bench.cores.others);
  let sound = true;
  for (const scenario of SCENARIOS) {
    if (names.length > 0 && !names.includes(scenario.name)) continue;
    print(`\n${scenario.title}`);
    const result = await bench.run(scenario);
    await writeResult(result, SCENARIOS.map(({ name }) => name));
    print(`\n${scenarioReport(result)}`);
    sound &&= isSound(result);
  }
  print(`\nRaw values: ${RESULTS_FILE.pathname}`);
  if (!sound) print("Not everything could be measured: see above");
  return sound ? 0 : 1;
}

function print(text: string): 0 {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    print(error.message);
    Deno.exit(1);
  }
}
