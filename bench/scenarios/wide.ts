import type { Bench, Scenario } from "../bench.ts";
import { FAN_OUT_COLUMNS, type FanOut, fanOutVariant } from "../fan_out.ts";
import type { Load } from "../generator.ts";
import { PROTOCOLS, whyNot } from "../protocols.ts";
import { figure, median } from "../result.ts";
import type { ToolName } from "../toolchain.ts";

const CLIENTS = [1000, 5000] as const;
const PEERS: readonly { server: ToolName; name: string }[] = [
  { server: "control", name: "C" },
  { server: "bun", name: "Bun publish" },
  { server: "deno", name: "Deno loop" },
  { server: "ws", name: "ws on Node" },
];
const DEFLATE_5000 = name("Quotewire, quotewire.v1.deflate", 5000);

/** Many clients, small frames: what one frame to one client costs, and how many can be served in time. */
export const wide: Scenario = {
  name: "wide",
  title: "Wide: 1,000 and 5,000 clients, a market of 500 updates/s in 50 batches",
  columns: [
    ...FAN_OUT_COLUMNS,
    { key: "residentKilobytesPerClient", title: "memory per client, KB", digits: 1 },
    { key: "lost", title: "clients lost", digits: 0 },
  ],
  async measure(bench) {
    const variants = await bench.takeTurns(await all(bench));
    const own = variants.find((variant) => variant.name === DEFLATE_5000);
    return {
      variants,
      figures: [
        figure("clients dropped of 5,000", median(own, "lost"), "", { max: 0 }),
        figure("staleness p99 at 5,000 clients", median(own, "staleP99Ms"), "ms", { max: 250 }),
        figure(
          "server memory per client at 5,000",
          median(own, "residentKilobytesPerClient"),
          "KB",
          { max: 40 },
        ),
      ],
    };
  },
};

function load(bench: Bench, clients: number): Load {
  return { clients, symbols: 500, updatesPerSecond: 500, batchMs: 20, seconds: bench.seconds(5) };
}

async function all(bench: Bench) {
  const own = await Promise.all(
    CLIENTS.flatMap((clients) =>
      PROTOCOLS.map(async (protocol) => {
        const fanOut: FanOut = {
          name: name(`Quotewire, ${protocol}`, clients),
          server: "quotewire",
          load: { ...load(bench, clients), protocol },
        };
        return { ...await fanOutVariant(bench, fanOut), notRun: await whyNot(bench, protocol) };
      })
    ),
  );
  const peers = await Promise.all(
    CLIENTS.flatMap((clients) =>
      PEERS.map((peer) =>
        fanOutVariant(bench, {
          name: `${name(peer.name, clients)}, one frame per batch`,
          server: peer.server,
          load: load(bench, clients),
        })
      )
    ),
  );
  return [...own, ...peers];
}

function name(what: string, clients: number): string {
  return `${what}, ${clients} clients`;
}
