import type { Bench, Scenario, Variant } from "../bench.ts";
import { FAN_OUT_COLUMNS, fanOutVariant } from "../fan_out.ts";
import type { Load } from "../generator.ts";
import { findLimit, LIMIT_PAUSE_US, STALENESS_MS_MAX } from "../limit.ts";
import { type Protocol, PROTOCOLS, whyNot } from "../protocols.ts";
import { figure, median } from "../result.ts";

const LOAD = { updatesPerSecond: 500, batchMs: 20, protocol: PROTOCOLS[0] };
const CLIENTS = [10, 100, 1000, 2000] as const;
const SYMBOLS = [50, 500, 5000] as const;
const LIMIT_CLIENTS_FIRST = 1000;
/** Of MAX_SESSIONS, 20,000 by default, which is also what one process may open here. */
const LIMIT_CLIENTS_MAX = 18_000;

/** How cost grows with clients and symbols, and how many clients one worker carries. */
export const growth: Scenario = {
  name: "growth",
  title: "Growth: clients and symbols, a market of 500 updates/s in 50 batches, one worker",
  columns: [
    ...FAN_OUT_COLUMNS,
    { key: "residentKilobytesPerClient", title: "memory per client, KB", digits: 1 },
    { key: "carried", title: `clients carried within ${STALENESS_MS_MAX} ms`, digits: 0 },
  ],
  async measure(bench) {
    const loads = [
      ...CLIENTS.map((clients) => ({ clients, symbols: 500 })),
      ...SYMBOLS.map((symbols) => ({ clients: 100, symbols })),
    ];
    const variants: Variant[] = [];
    for (const { clients, symbols } of loads) {
      const name = `${clients} clients, ${symbols} symbols`;
      if (variants.some((variant) => variant.name === name)) continue;
      const load: Load = { ...LOAD, clients, symbols, seconds: bench.seconds(5) };
      variants.push(await fanOutVariant(bench, { name, server: "quotewire", load }));
    }
    const limits = await Promise.all(PROTOCOLS.map((protocol) => limitVariant(bench, protocol)));
    const measured = await bench.takeTurns([...variants, ...limits]);
    return {
      variants: measured,
      figures: PROTOCOLS.map((protocol) => {
        const limit = measured.find(({ name }) => name === limitName(protocol));
        return figure(limitName(protocol), median(limit, "carried"), "clients");
      }),
    };
  },
};

async function limitVariant(bench: Bench, protocol: Protocol): Promise<Variant> {
  const load: Load = {
    ...LOAD,
    clients: 0,
    symbols: 500,
    seconds: bench.seconds(5),
    protocol,
    pauseUs: LIMIT_PAUSE_US,
  };
  return {
    name: limitName(protocol),
    notRun: await whyNot(bench, protocol),
    run: () =>
      findLimit({
        first: LIMIT_CLIENTS_FIRST,
        max: LIMIT_CLIENTS_MAX,
        round: (clients) => Math.round(clients / 100) * 100,
        async attempt(clients) {
          const raised = {
            name: "limit",
            server: "quotewire",
            load: { ...load, clients },
          } as const;
          return await (await fanOutVariant(bench, raised)).run();
        },
        print: bench.print,
      }),
  };
}

function limitName(protocol: Protocol): string {
  return `limit of one worker, ${protocol}`;
}
