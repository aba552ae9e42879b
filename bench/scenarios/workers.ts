import type { Bench, Measurement, Scenario, Variant } from "../bench.ts";
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
/** As everywhere else, the server has a core, and the generator the others. */
const APART = "";
/**
 * On which cores server and generator are, by what is said of it. To send costs less where the generator takes
 * in the frames on the same core, whose cache has the kernel's memory for them. With both on all cores, one
 * worker may have the generator beside it, and two cannot.
 */
const ARRANGEMENTS: Readonly<Record<string, (bench: Bench) => Pick<FanOut, "cores">>> = {
  [APART]: () => ({}),
  ", generator on the same core": ({ cores }) => ({ cores: cores.server }),
  ", both on all cores": ({ cores }) => ({ cores: cores.all }),
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

/** What a second worker costs, and what it brings on all cores, with the generator beside it. */
export const workers: Scenario = {
  name: "workers",
  title: "Workers: two against one, 2,000 updates/s, and up to the limit with 500 updates/s",
  columns: [
    ...FAN_OUT_COLUMNS,
    { key: "carried", title: `clients carried within ${STALENESS_MS_MAX} ms`, digits: 0 },
  ],
  async measure(bench) {
    const same = await bench.takeTurns(await sameLoad(bench));
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

async function sameLoad(bench: Bench): Promise<Variant[]> {
  const load = { ...SAME_LOAD, seconds: bench.seconds(MEASURED_SECONDS) };
  return await Promise.all(
    Object.entries(ARRANGEMENTS).flatMap(([arrangement, cores]) =>
      WORKERS.map((count) =>
        fanOutVariant(bench, {
          name: sameLoadName(arrangement, count),
          server: "quotewire",
          load,
          serverArgs: [`workers=${count}`],
          warmUpSeconds: WARM_UP_SECONDS,
          ...cores(bench),
        })
      )
    ),
  );
}

function figuresOf(variants: readonly VariantResult[]) {
  const named = (wanted: string) => variants.find(({ name }) => name === wanted);
  const limit = (market: string, count: number) => named(limitName(market, count));
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
  const costs = Object.keys(ARRANGEMENTS).map((arrangement) => {
    const [one, two] = WORKERS.map((count) => named(sameLoadName(arrangement, count)));
    const times = ratio(two, one, "cpuNsPerUpdate");
    const bounds = arrangement === APART ? { max: 1.15 } : {};
    return figure(`CPU per update of two against one${arrangement}`, times, "×", bounds);
  });
  return [...costs, ...gains, ...carried];
}

function sameLoadName(arrangement: string, count: number): string {
  return `same load, ${workersText(count)}${arrangement}`;
}

function limitName(market: string, count: number): string {
  return `limit, ${market}, ${workersText(count)}`;
}

function workersText(count: number): string {
  return count === 1 ? "1 worker" : `${count} workers`;
}

async function limitOf(bench: Bench, count: number, load: Load): Promise<Measurement> {
  return await findLimit({
    first: LIMIT_CLIENTS_FIRST,
    max: LIMIT_CLIENTS_MAX,
    round: (clients) => Math.round(clients / 50) * 50,
    async attempt(clients) {
      const raised = await fanOutVariant(bench, {
        name: "limit",
        server: "quotewire",
        load: { ...load, clients, pauseUs: LIMIT_PAUSE_US },
        serverArgs: [`workers=${count}`],
        cores: bench.cores.all,
      });
      return await raised.run();
    },
    print: bench.print,
  });
}
