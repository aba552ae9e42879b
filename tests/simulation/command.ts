import type { EnvReader } from "../../src/env.ts";
import { ConfigError, errorText } from "../../src/errors.ts";
import { readArguments } from "../../src/commands/flags.ts";
import { planOf } from "./plan.ts";
import { report } from "./report.ts";
import { keep, shrink } from "./shrink.ts";
import { simulate } from "./simulation.ts";

/**
 * Runs many seeds, or one again. `--seed` is the first (random), `--seeds` how many (1000), `--deeds` leaves
 * of one seed's deeds only those at the given places, as a report names them. Ends at the first seed that
 * breaks a promise, with exit code 1.
 */

const SEEDS_END = 2 ** 32;
const PROGRESS_MS = 5000;

async function main(args: readonly string[]): Promise<number> {
  const { flags, values } = readArguments("simulate", args, {
    seed: "string",
    seeds: "string",
    deeds: "string",
  });
  const random = Math.floor(Math.random() * SEEDS_END);
  const first = values.integer("--seed", { default: random, min: 0, max: SEEDS_END - 1 });
  const count = values.integer("--seeds", {
    default: flags.seed === undefined ? 1000 : 1,
    min: 1,
    max: SEEDS_END,
  });
  // None left is a way to replay a seed as well: some promises are broken by what it decides besides.
  const deeds = flags.deeds === undefined
    ? undefined
    : readDeeds(values, planOf(first).deeds.length);
  values.throwFaults();
  return deeds === undefined ? await search(first, count) : await replay(first, deeds);
}

/** The places of deeds within their plan. */
function readDeeds(values: EnvReader, count: number): readonly number[] {
  const words = values.list("--deeds", []);
  const strange = words.find((word) => !/^\d+$/.test(word) || Number(word) >= count);
  if (strange !== undefined) values.fault("--deeds", `must be from 0 to ${count - 1}`, strange);
  return words.map(Number);
}

async function replay(seed: number, deeds: readonly number[]): Promise<number> {
  const outcome = await simulate(keep(planOf(seed), deeds));
  print(outcome.lines.join("\n"));
  print(`Trace ${outcome.hash}: ${outcome.fault ?? "all promises kept"}`);
  return outcome.fault === undefined ? 0 : 1;
}

async function search(first: number, count: number): Promise<number> {
  const startMs = performance.now();
  let toldMs = startMs;
  for (let done = 0; done < count; done += 1) {
    const plan = planOf((first + done) % SEEDS_END);
    const { fault } = await simulate(plan);
    if (fault !== undefined) {
      print(report(plan, await shrink(plan)));
      return 1;
    }
    if (performance.now() - toldMs < PROGRESS_MS) continue;
    toldMs = performance.now();
    print(`${done + 1} of ${count} seeds`);
  }
  const seconds = (performance.now() - startMs) / 1000;
  print(`${count} seeds from ${first} keep all promises (${seconds.toFixed(1)} s)`);
  return 0;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    print(errorText(error));
    Deno.exit(2);
  }
}
