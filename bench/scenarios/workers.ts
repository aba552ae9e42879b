import type { Bench, Measurement, Scenario } from "../bench.ts";
import { FAN_OUT_COLUMNS, type FanOut, fanOutVariant } from "../fan_out.ts";
import type { Load } from "../generator.ts";
import { findLimit, LIMIT_PAUSE_US, STALENESS_MS_MAX } from "../limit.ts";
import { figure, median, ratio, type VariantResult } from "../result.ts";

const CLIENTS = 1000;
/** The market of `wide`. Of what takes the server as long, it gives the generator beside it the least to do. */
const LIMIT_MARKET: Partial<Load> = { updatesPerSecond: 500, protocol: "quotewire.v1.deflate" };
const LIMIT_CLIENTS_FIRST = 2000;
/** As many sockets as one process may commonly open, less some. */
const LIMIT_CLIENTS_MAX = 18_000;

/** What a second worker costs, and what it brings. All cores, with the generator beside it. */
export const workers: Scenario = {
  name: "workers",
  title: "Workers: two against one, 2,000 updates/s, and up to the limit with 500 updates/s",
  columns: [
    ...FAN_OUT_COLUMNS,
    { key: "carried", title: `clients carried within ${STALENESS_MS_MAX} ms`, digits: 0 },
  ],
  async measure(bench) {
    const load: Load = {
      clients: CLIENTS,
      symbols: 500,
      updatesPerSecond: 2000,
      batchMs: 20,
      seconds: bench.seconds(5),
      protocol: "quotewire.v1.json",
    };
    const same = await bench.takeTurns([
      await fanOutVariant(bench, fanOut(bench, 1, load, "same load, 1 worker")),
      await fanOutVariant(bench, fanOut(bench, 2, load, "same load, 2 workers")),
    ]);
    const limits = await bench.takeTurns([
      { name: "limit, 1 worker", run: () => limitOf(bench, 1, { ...load, ...LIMIT_MARKET }) },
      { name: "limit, 2 workers", run: () => limitOf(bench, 2, { ...load, ...LIMIT_MARKET }) },
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
    figure("load within 250 ms, one worker", median(limitOne, "carried"), "clients"),
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
    first: LIMIT_CLIENTS_FIRST,
    max: LIMIT_CLIENTS_MAX,
    round: (clients) => Math.round(clients / 50) * 50,
    async attempt(clients) {
      const raised = fanOut(bench, count, { ...load, clients, pauseUs: LIMIT_PAUSE_US }, "limit");
      return await (await fanOutVariant(bench, raised)).run();
    },
    print: bench.print,
  });
}
