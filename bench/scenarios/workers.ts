import type { Bench, Measurement, Scenario } from "../bench.ts";
import { FAN_OUT_COLUMNS, type FanOut, fanOutVariant } from "../fan_out.ts";
import type { Load } from "../generator.ts";
import { findLimit, STALENESS_MS_MAX } from "../limit.ts";
import { figure, median, ratio, type VariantResult } from "../result.ts";

const RATE_FIRST = 500;
/** All updates of a batch are of different symbols. */
const SYMBOLS = 2000;
const BATCH_MS = 20;
const RATE_MAX = SYMBOLS * 1000 / BATCH_MS;
const CLIENTS = 1000;

/** What a second worker costs, and what it brings. All cores, with the generator beside it. */
export const workers: Scenario = {
  name: "workers",
  title: "Workers: two against one, 1,000 clients",
  columns: [
    ...FAN_OUT_COLUMNS,
    { key: "carried", title: `updates/s carried within ${STALENESS_MS_MAX} ms`, digits: 0 },
  ],
  async measure(bench) {
    const load: Load = {
      clients: CLIENTS,
      symbols: SYMBOLS,
      updatesPerSecond: RATE_FIRST,
      batchMs: BATCH_MS,
      seconds: bench.seconds(5),
      protocol: "quotewire.v1.json",
    };
    const same = await bench.takeTurns([
      await fanOutVariant(bench, fanOut(bench, 1, load, "same load, 1 worker")),
      await fanOutVariant(bench, fanOut(bench, 2, load, "same load, 2 workers")),
    ]);
    const limits = await bench.takeTurns([
      { name: "limit, 1 worker", run: () => limitOf(bench, 1, load) },
      { name: "limit, 2 workers", run: () => limitOf(bench, 2, load) },
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
    figure("load within 250 ms of two against one", ratio(limitTwo, limitOne, "carried"), "×", {
      min: 1.3,
    }),
    figure("load within 250 ms, one worker", median(limitOne, "carried"), "updates/s"),
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

async function limitOf(bench: Bench, count: number, load: Load): Promise<Measurement> {
  return await findLimit({
    first: RATE_FIRST,
    max: RATE_MAX,
    round: (rate) => Math.round(rate * BATCH_MS / 1000) * 1000 / BATCH_MS,
    async attempt(updatesPerSecond) {
      const raised = fanOut(bench, count, { ...load, updatesPerSecond }, "limit");
      return await (await fanOutVariant(bench, raised)).run();
    },
    print: bench.print,
  });
}
