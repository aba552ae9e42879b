import type { Bench, Scenario, Variant } from "../bench.ts";
import { FAN_OUT_COLUMNS, type FanOut, fanOutVariant } from "../fan_out.ts";
import type { Load } from "../generator.ts";
import { type Protocol, PROTOCOLS, whyNot } from "../protocols.ts";
import { figure, median, ratio, type VariantResult } from "../result.ts";
import type { ToolName } from "../toolchain.ts";

const LOAD = { clients: 100, symbols: 500, updatesPerSecond: 5000 };
const BATCHES_MS = [10, 50] as const;
/** How long Quotewire gathers at this load, see src/feed/gather_window.ts. */
const OWN_WINDOW_MS = 80;

const CONTROL = "C, format and send() alone";
/** As in src/session/fan_out.ts. */
const OWN_PORTION_BYTES = 131_072;
interface Peer {
  readonly server: ToolName;
  readonly name: string;
  /** The batches that it gets to send, as controls. */
  readonly batchesMs: readonly number[];
  /** What its controls are told. A peer that has these is measured as a control alone. */
  readonly controlArgs?: readonly string[];
}
const PEERS: readonly Peer[] = [
  // With Quotewire's window at this load as well, so that one of them has as many frames.
  { server: "control", name: CONTROL, batchesMs: [10, 20, 40, 50, OWN_WINDOW_MS, 100] },
  { server: "bun", name: "Bun publish", batchesMs: BATCHES_MS },
  // So that what is the runtime's can be told from what is Quotewire's.
  { server: "deno", name: "Deno loop", batchesMs: [10, 50, OWN_WINDOW_MS] },
  {
    server: "deno",
    name: "Deno loop, in portions",
    batchesMs: [OWN_WINDOW_MS],
    controlArgs: [`portionBytes=${OWN_PORTION_BYTES}`],
  },
  { server: "ws", name: "ws on Node", batchesMs: BATCHES_MS },
  { server: "seed", name: "seed's design, Deno", batchesMs: [] },
  { server: "seed_rust", name: "seed's design, Rust", batchesMs: [] },
];
/** With 13 batches a second, the compilers of JavaScript are busy for that long. */
const WARM_UP_SECONDS = 20;
/** V8 collects its whole heap every half a minute: five seconds would see all of that, or nothing. */
const MEASURED_SECONDS = 20;
/** Servers that fall behind with one frame per update do so from the first second, and for a long time. */
const ALWAYS_BEHIND: readonly ToolName[] = ["control", "deno", "ws", "seed", "seed_rust"];
const WARM_UP_SECONDS_BEHIND = 2;
const MEASURED_SECONDS_BEHIND = 5;
/** Heartbeats are frames as well. */
const FRAMES_TOLERANCE = 1.1;

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
    return { variants, figures: figuresOf(variants) };
  },
};

function figuresOf(variants: readonly VariantResult[]) {
  const byName = new Map(variants.map((variant) => [variant.name, variant]));
  const own = byName.get(ownName("quotewire.v1.json", 10));
  const times = (name: string) => ratio(own, byName.get(name), "cpuNsPerUpdate");
  const same = sameFrames(own, variants.filter(({ name }) => name.startsWith(CONTROL)));
  return [
    figure("CPU per update against Bun publish", times("Bun publish"), "×", { max: 0.5 }),
    figure("CPU per update against ws on Node", times("ws on Node"), "×", { max: 0.06 }),
    figure(
      `CPU per update against ${same?.name ?? CONTROL}`,
      ratio(own, same, "cpuNsPerUpdate"),
      "×",
      { max: 3 },
    ),
  ];
}

/** A server may put several batches into one frame; the control with as many frames, or fewer, is its measure. */
function sameFrames(
  own: VariantResult | undefined,
  controls: readonly VariantResult[],
): VariantResult | undefined {
  const framesMax = (median(own, "framesPerSecond") ?? NaN) * FRAMES_TOLERANCE;
  return controls
    .flatMap((control) => {
      const frames = median(control, "framesPerSecond");
      return frames !== undefined && frames <= framesMax ? [{ control, frames }] : [];
    })
    .toSorted((a, b) => b.frames - a.frames)[0]?.control;
}

function load(bench: Bench, batchMs: number, seconds = MEASURED_SECONDS): Load {
  return { ...LOAD, batchMs, seconds: bench.seconds(seconds) };
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
        warmUpSeconds: WARM_UP_SECONDS,
      });
      variants.push(notRun === undefined ? variant : { ...variant, notRun });
    }
  }
  return variants;
}

async function peerVariants(bench: Bench): Promise<Variant[]> {
  const all: FanOut[] = PEERS.flatMap((peer) => [
    ...peer.controlArgs === undefined ? [single(bench, peer)] : [],
    ...peer.batchesMs.map((batchMs) => ({
      name: batchName(peer.name, batchMs),
      server: peer.server,
      ...peer.controlArgs === undefined ? {} : { serverArgs: peer.controlArgs },
      load: load(bench, batchMs),
      warmUpSeconds: WARM_UP_SECONDS,
    })),
  ]);
  return await Promise.all(all.map((fanOut) => fanOutVariant(bench, fanOut)));
}

/** As its users would write it. */
function single(bench: Bench, { server, name }: Peer): FanOut {
  const isBehind = ALWAYS_BEHIND.includes(server);
  return {
    name,
    server,
    serverArgs: ["frames=each"],
    load: load(bench, 10, isBehind ? MEASURED_SECONDS_BEHIND : MEASURED_SECONDS),
    warmUpSeconds: isBehind ? WARM_UP_SECONDS_BEHIND : WARM_UP_SECONDS,
    // Its toolchain is the least likely to be there.
    optional: server === "seed_rust",
  };
}

function ownName(protocol: Protocol, batchMs: number): string {
  return `Quotewire, ${protocol}, ${batchMs} ms`;
}

function batchName(peer: string, batchMs: number): string {
  return `${peer}, one frame per ${batchMs} ms`;
}
