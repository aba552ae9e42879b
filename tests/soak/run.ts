import { readArguments } from "../../src/commands/flags.ts";
import { ConfigError } from "../../src/errors.ts";
import { Chance } from "../fuzz/chance.ts";
import { testDatabase } from "../support/postgres.ts";
import { slopeOf } from "./line_fit.ts";
import { type Sample, soak, type SoakResult } from "./soak.ts";

const USAGE =
  `Runs a server, prices and clients that come and go, and reports how memory and descriptors grow.

  deno task soak [--minutes=10] [--visitors=24] [--seed=S]

Fails when a client did not get what it was promised, when a connection was not let go, or when
memory or descriptors rose more than they may after the warm-up.`;

const MINUTES_MAX = 10_080;
const VISITORS_MAX = 1000;
const SAMPLES = 200;
/** The share of the time in which heaps and pools find their size. */
const WARM_UP_SHARE = 1 / 3;
/** Below this a line says more of the last collection of garbage than of a leak. */
const JUDGED_MINUTES_MIN = 5;
/** What the fitted line may rise over the time after the warm-up: a heap breathes by so much (measured) … */
const RISE_BYTES_MAX = 64 * 2 ** 20;
/** … and by a little more the longer it does: an hour still shows a leak of 2 kB a visit. */
const RISE_BYTES_PER_MINUTE_MAX = 2 ** 18;
const RISE_DESCRIPTORS_MAX = 3;
const MINUTE_MS = 60_000;

/** Ends with 0 when all was well, with 1 when it was not, and with 2 when it cannot be run so. */
async function main(args: string[]): Promise<number> {
  const { minutes, visitors, seed } = readOptions(args);
  print(`${minutes} minutes, ${visitors} visitors at once, seed ${seed}`);
  await using database = await testDatabase();
  const result = await soak({
    databaseUrl: database.url,
    durationMs: minutes * MINUTE_MS,
    seed,
    visitors,
    sampleIntervalMs: Math.max(1000, minutes * MINUTE_MS / SAMPLES),
    onSample: (sample) => print(describe(sample)),
  });
  return report(result, minutes);
}

interface Options {
  readonly minutes: number;
  readonly visitors: number;
  readonly seed: number;
}

function readOptions(args: string[]): Options {
  const { values } = readArguments("soak", args, {
    minutes: "string",
    visitors: "string",
    seed: "string",
  }, { usage: USAGE });
  const options = {
    minutes: values.decimal("--minutes", { default: 10, min: 0.05, max: MINUTES_MAX }),
    visitors: values.integer("--visitors", { default: 24, min: 1, max: VISITORS_MAX }),
    seed: values.integer("--seed", { default: Chance.freshSeed(), min: 0, max: Chance.SEED_MAX }),
  };
  values.throwFaults();
  return options;
}

function describe(sample: Sample): string {
  const minutes = (sample.elapsedMs / MINUTE_MS).toFixed(2).padStart(8);
  return `${minutes} min  ${
    mebibytes(sample.residentBytes)
  } MiB  ${sample.descriptors} descriptors, ` +
    `${sample.acceptedSockets} of clients  ${sample.visits} visits`;
}

function report(result: SoakResult, minutes: number): number {
  const problems = [...result.faults, ...result.errors.map((line) => `The server says: ${line}`)];
  const steady = result.samples.filter(({ elapsedMs }) =>
    elapsedMs > minutes * MINUTE_MS * WARM_UP_SHARE
  );
  const slope = (valueOf: (sample: Sample) => number) =>
    slopeOf(steady.map((sample) => ({ x: sample.elapsedMs / MINUTE_MS, y: valueOf(sample) })));
  const steadyMinutes = minutes * (1 - WARM_UP_SHARE);
  const bytes = slope(({ residentBytes }) => residentBytes);
  // All of them: which are a client's cannot be told of those whose client has vanished.
  const descriptors = slope((sample) => sample.descriptors);
  const { before, after } = result.ownDescriptors;
  print(`Visits: ${[...result.visits].map(([name, count]) => `${count} ${name}`).join(", ")}`);
  print(
    `After the warm-up: ${mebibytes(bytes)} MiB/min, ${descriptors.toFixed(3)} descriptors/min`,
  );
  print(`Descriptors of its own: ${before} before the first client, ${after} after the last`);
  if (after - before > RISE_DESCRIPTORS_MAX) {
    problems.push(
      `${after - before} descriptors are left: must be ${RISE_DESCRIPTORS_MAX} at most`,
    );
  }
  if (minutes < JUDGED_MINUTES_MIN) {
    print(`Too short to judge slopes: needs ${JUDGED_MINUTES_MIN} minutes`);
  } else {
    const bytesMax = RISE_BYTES_MAX + RISE_BYTES_PER_MINUTE_MAX * steadyMinutes;
    const rise = bytes * steadyMinutes;
    if (rise > bytesMax) {
      problems.push(
        `Memory rose by ${mebibytes(rise)} MiB: must be ${mebibytes(bytesMax)} at most`,
      );
    }
    if (descriptors * steadyMinutes > RISE_DESCRIPTORS_MAX) {
      problems.push(`Descriptors rose: must be by ${RISE_DESCRIPTORS_MAX} at most`);
    }
  }
  for (const problem of problems) print(problem);
  print(problems.length === 0 ? "All was well" : `${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    if (error instanceof ConfigError) {
      print(error.message);
      Deno.exitCode = 2;
    } else throw error;
  }
}
