import type { Bench, Scenario, Variant } from "../bench.ts";
import { FAN_OUT_COLUMNS, type FanOut, fanOutVariant } from "../fan_out.ts";
import type { Load } from "../generator.ts";
import { type Protocol, PROTOCOLS, whyNot } from "../protocols.ts";
import { figure, ratio, type VariantResult } from "../result.ts";
import type { ToolName } from "../toolchain.ts";

const LOAD = { clients: 100, symbols: 500, updatesPerSecond: 5000 };
const BATCHES_MS = [10, 50] as const;

/** Peers, and whether they also get to send Quotewire's batches, as controls. */
const PEERS: readonly { server: ToolName; name: string; batches: boolean }[] = [
  { server: "control", name: "C, format and send() alone", batches: true },
  { server: "bun", name: "Bun publish", batches: true },
  { server: "deno", name: "Deno loop", batches: true },
  { server: "ws", name: "ws on Node", batches: true },
  { server: "seed", name: "seed's design, Deno", batches: false },
  { server: "seed_rust", name: "seed's design, Rust", batches: false },
];

/** Few clients, many updates: what one delivered update costs. */
export const dense: Scenario = {
  name: "dense",
  title: "Dense: 100 clients, 5,000 updates/s",
  columns: FAN_OUT_COLUMNS,
  async measure(bench) {
    const variants = await bench.takeTurns([
      ...await ownVariants(bench),
      ...await peerVariants(bench),
    ]);
    const byName = new Map(variants.map((variant) => [variant.name, variant]));
    const own = byName.get(ownName("quotewire.v1.json", 10));
    return { variants, figures: figuresOf(own, (name) => byName.get(name)) };
  },
};

function figuresOf(
  own: VariantResult | undefined,
  peer: (name: string) => VariantResult | undefined,
) {
  const times = (name: string) => ratio(own, peer(name), "cpuNsPerUpdate");
  return [
    figure("CPU per update against Bun publish", times("Bun publish"), "×", { max: 0.5 }),
    figure("CPU per update against ws on Node", times("ws on Node"), "×", { max: 0.06 }),
    figure(
      "CPU per update against C with the same frames",
      times(batchName("C, format and send() alone", 10)),
      "×",
      { max: 3 },
    ),
  ];
}

function load(bench: Bench, batchMs: number): Load {
  return { ...LOAD, batchMs, seconds: bench.seconds(5) };
}

async function ownVariants(bench: Bench): Promise<Variant[]> {
  const variants: Variant[] = [];
  for (const protocol of PROTOCOLS) {
    const notRun = await whyNot(bench, protocol);
    for (const batchMs of BATCHES_MS) {
      const variant = await fanOutVariant(bench, {
        name: ownName(protocol, batchMs),
        server: "quotewire",
        load: { ...load(bench, batchMs), protocol },
      });
      variants.push(notRun === undefined ? variant : { ...variant, notRun });
    }
  }
  return variants;
}

async function peerVariants(bench: Bench): Promise<Variant[]> {
  const all: FanOut[] = PEERS.flatMap(({ server, name, batches }) => [
    { name, server, load: load(bench, 10), serverArgs: ["frames=each"] },
    ...(batches ? BATCHES_MS : []).map((batchMs) => ({
      name: batchName(name, batchMs),
      server,
      load: load(bench, batchMs),
    })),
  ]);
  return await Promise.all(all.map((fanOut) => fanOutVariant(bench, fanOut)));
}

function ownName(protocol: Protocol, batchMs: number): string {
  return `Quotewire, ${protocol}, ${batchMs} ms`;
}

function batchName(peer: string, batchMs: number): string {
  return `${peer}, one frame per ${batchMs} ms`;
}
