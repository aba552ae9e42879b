import type { Bench, Measurement, Scenario } from "../bench.ts";
import { FAN_OUT_COLUMNS, type FanOut, fanOutVariant } from "../fan_out.ts";
import type { Load } from "../generator.ts";
import { findLimit, LIMIT_PAUSE_US, STALENESS_MS_MAX } from "../limit.ts";
import { figure, median, ratio, type VariantResult } from "../result.ts";

const CLIENTS = 1000;
const LIMIT_CLIENTS_FIRST = 2000;
/** As many sockets as one process may commonly open, less some. */
const LIMIT_CLIENTS_MAX = 18_000;
const WORKERS = [1, 2] as const;
const SAME_LOAD: Omit<Load, "seconds"> = {
  clients: CLIENTS,
  symbols: 500,
  updatesPerSecond: 2000,
  batchMs: 20,
  protocol: "quotewire.v1.json",
};
/** The market of `wide`, sent to everybody as it is, or to each client the part that it has chosen. */
const MARKETS: Readonly<Record<string, Partial<Load>>> = {
  "all symbols": { updatesPerSecond: 500, protocol: "quotewire.v1.deflate" },
  "20 symbols each": { updatesPerSecond: 500, list: 20, differentLists: true },
};

/**
 * Each worker is an isolate with compilers of its own, which are busy for that long: in its first seconds a
 * second worker is as much work for them again.
 */
const WARM_UP_SECONDS = 20;
/** V8 collects its whole heap every half a minute: five seconds would see all of that, or nothing. */
const MEASURED_SECONDS = 20;
const LIMIT_MEASURED_SECONDS = 5;

/** What a second worker costs, and what it brings. All cores, with the generator beside it. */
export const workers: Scenario = {
  name: "workers",
  title: "Workers: two against one, 2,000 updates/s, and up to the limit with 500 updates/s",
  columns: [
    ...FAN_OUT_COLUMNS,
    { key: "carried", title: `clients carried within ${STALENESS_MS_MAX} ms`, digits: 0 },
  ],
  async measure(bench) {
    const sameLoad = { ...SAME_LOAD, seconds: bench.seconds(MEASURED_SECONDS) };
    const same = await bench.takeTurns(
      await Promise.all(WORKERS.map((count) =>
        fanOutVariant(bench, {
          ...fanOut(bench, count, sameLoad, `same load, ${named(count)}`),
          warmUpSeconds: WARM_UP_SECONDS,
        })
      )),
    );
    const limitLoad = { ...SAME_LOAD, seconds: bench.seconds(LIMIT_MEASURED_SECONDS) };
    const limits = await bench.takeTurns(
      Object.entries(MARKETS).flatMap(([market, own]) =>
        WORKERS.map((count) => ({
          name: limitName(market, count),
          run: () => limitOf(bench, count, { ...limitLoad, ...own }),
        }))
      ),
    );
    const variants = [...same, ...limits];
    return { variants, figures: figuresOf(variants) };
  },
};

function figuresOf(variants: readonly VariantResult[]) {
  const [one, two] = variants;
  const limit = (market: string, count: number) =>
    variants.find(({ name }) => name === limitName(market, count));
  const gains = Object.keys(MARKETS).map((market) => {
    const gain = ratio(limit(market, 2), limit(market, 1), "carried");
    return figure(`load within 250 ms of two against one, ${market}`, gain, "×", { min: 1.3 });
  });
  const carried = Object.keys(MARKETS).map((market) =>
    figure(
      `load within 250 ms, one worker, ${market}`,
      median(limit(market, 1), "carried"),
      "clients",
    )
  );
  const cost = ratio(two, one, "cpuNsPerUpdate");
  return [
    figure("CPU per update of two against one", cost, "×", { max: 1.15 }),
    ...gains,
    ...carried,
  ];
}

function limitName(market: string, count: number): string {
  return `limit, ${market}, ${named(count)}`;
}

function named(count: number): string {
  return count === 1 ? "1 worker" : `${count} workers`;
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
