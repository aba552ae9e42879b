import type { Bench, Measurement, Scenario } from "../bench.ts";
import { FAN_OUT_COLUMNS, type FanOut, fanOutVariant } from "../fan_out.ts";
import type { Load } from "../generator.ts";
import { figure, median, ratio, type VariantResult } from "../result.ts";

const STALENESS_MS_MAX = 250;
const RATE_FIRST = 500;
const RATE_STEP = 1.25;
const RATE_MAX = 50_000;
const CLIENTS = 1000;

/** What a second worker costs, and what it brings. All cores, with the generator beside it. */
export const workers: Scenario = {
  name: "workers",
  title: "Workers: two against one",
  columns: [
    ...FAN_OUT_COLUMNS,
    { key: "carriedUpdatesPerSecond", title: "updates/s carried within 250 ms", digits: 0 },
  ],
  async measure(bench) {
    const load: Load = {
      clients: CLIENTS,
      symbols: 2000,
      updatesPerSecond: 500,
      batchMs: 20,
      seconds: bench.seconds(5),
      protocol: "quotewire.v1.json",
    };
    const same = await bench.takeTurns([
      await fanOutVariant(bench, fanOut(bench, 1, load, "same load, 1 worker")),
      await fanOutVariant(bench, fanOut(bench, 2, load, "same load, 2 workers")),
    ]);
    const limits = await bench.takeTurns([
      { name: "limit, 1 worker", run: () => findLimit(bench, 1, load) },
      { name: "limit, 2 workers", run: () => findLimit(bench, 2, load) },
    ]);
    return { variants: [...same, ...limits], figures: figuresOf([...same, ...limits]) };
  },
};

function figuresOf(variants: readonly VariantResult[]) {
  const [one, two, limitOne, limitTwo] = variants;
  return [
    figure("CPU per update of two against one", ratio(two, one, "cpuNsPerUpdate"), "×", {
      max: 1.15,
    }),
    figure(
      "load within 250 ms of two against one",
      ratio(limitTwo, limitOne, "carriedUpdatesPerSecond"),
      "×",
      { min: 1.3 },
    ),
    figure("load within 250 ms, one worker", median(limitOne, "carriedUpdatesPerSecond"), "/s"),
  ];
}

function fanOut(bench: Bench, count: number, load: Load, name: string): FanOut {
  return {
    name,
    server: "quotewire",
    load,
    serverArgs: [`workers=${count}`],
    cores: bench.cores.all,
  };
}

/** Raises the rate step by step until the 99th percentile of staleness passes the bound. */
async function findLimit(bench: Bench, count: number, load: Load): Promise<Measurement> {
  let best: Measurement | undefined;
  for (let rate = RATE_FIRST; rate <= RATE_MAX; rate *= RATE_STEP) {
    const run = await attempt(bench, count, { ...load, updatesPerSecond: rounded(rate, load) });
    if ((run.values.staleP99Ms ?? Infinity) > STALENESS_MS_MAX) break;
    if (run.faults.length > 0) return run;
    best = run;
  }
  return best ?? { values: {}, faults: [`not even ${RATE_FIRST} updates/s within the bound`] };
}

async function attempt(bench: Bench, count: number, load: Load): Promise<Measurement> {
  const variant = await fanOutVariant(bench, fanOut(bench, count, load, "limit"));
  const { values, faults } = await variant.run();
  const carriedUpdatesPerSecond = load.updatesPerSecond * load.clients;
  bench.print(
    `    ${count} workers, ${load.updatesPerSecond} updates/s: p99 ${values.staleP99Ms} ms`,
  );
  return { values: { ...values, carriedUpdatesPerSecond }, faults };
}

/** To whole updates in a batch. */
function rounded(rate: number, { batchMs }: Load): number {
  return Math.round(rate * batchMs / 1000) * 1000 / batchMs;
}
