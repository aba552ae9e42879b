import { sleep } from "../src/lifecycle.ts";
import { freePort } from "../tests/support/free_port.ts";
import type { Bench, Variant } from "./bench.ts";
import {
  Generator,
  type GeneratorReport,
  type Load,
  streamArgs,
  totalUpdates,
} from "./generator.ts";
import { PinnedProcess } from "./pinned_process.ts";
import { machineCpuSeconds, processUsage } from "./process_usage.ts";
import type { Column, Values } from "./result.ts";
import { type Found, type Tool, type ToolName, ZLIB } from "./toolchain.ts";

/** A server and what is demanded of it. */
export interface FanOut {
  readonly name: string;
  readonly server: ToolName | Tool;
  /** Who receives; the program in C by default, where it can be had. */
  readonly generator?: "generator" | "receiver";
  readonly load: Load;
  /** What the server is told beside the stream: `frames=each`, `workers=2`. */
  readonly serverArgs?: readonly string[];
  /** Whether the scenario says enough without it. */
  readonly optional?: boolean;
  /** The stream's first seconds, in which every runtime compiles what is hot, and CPU is not counted. @default {2} */
  readonly warmUpSeconds?: number;
  /** Cores of the server, where the generator runs beside it then; each has its own by default. */
  readonly cores?: string | undefined;
}

/** Above this share of its core the generator may be the limit, and the run says nothing of the server. */
export const GENERATOR_CPU_SHARE_MAX = 0.9;

/** Above this many cores' worth of other work on the machine, a run measures that work as well. */
const OTHER_CPU_MAX = 0.2;
const GENERATOR_FAULT = "the load generator used";
const OTHERS_FAULT = "other programs used";

/** Columns that all tables of fan-out share. */
export const FAN_OUT_COLUMNS: readonly Column[] = [
  { key: "cpuNsPerUpdate", title: "server CPU per delivered update, ns", digits: 0 },
  { key: "cpuSeconds", title: "server CPU, s", digits: 2 },
  { key: "updatesPerSecond", title: "updates delivered/s", digits: 0 },
  { key: "conflatedPercent", title: "conflated, %", digits: 1 },
  { key: "framesPerSecond", title: "frames/s", digits: 0 },
  { key: "staleP50Ms", title: "staleness p50, ms", digits: 1 },
  { key: "staleP99Ms", title: "p99, ms", digits: 1 },
  { key: "generatorCpuShare", title: "generator CPU", digits: 2 },
  { key: "otherCpuShare", title: "other CPU", digits: 2 },
];

/** Whether a fault is the machine's, which was busy, and not the server's. */
function isBusyFault(fault: string): boolean {
  return fault.startsWith(GENERATOR_FAULT) || fault.startsWith(OTHERS_FAULT);
}

const START_DEADLINE_MS = 30_000;
/** Between the decision to start and the first update, so that both sides hear of it in time. */
const START_DELAY_MS = 250;
const WARM_UP_SECONDS = 2;
const MEMORY_INTERVAL_MS = 250;

/** A variant that starts the server and the generator, lets the stream run once, and looks at both. */
export async function fanOutVariant(bench: Bench, fanOut: FanOut): Promise<Variant> {
  const server: Found = typeof fanOut.server === "string"
    ? await bench.find(fanOut.server)
    : { ok: true, tool: fanOut.server };
  const generator = await findGenerator(bench, fanOut);
  const notRun = server.ok ? undefined : server.reason;
  return {
    name: fanOut.name,
    notRun,
    ...(fanOut.optional === undefined ? {} : { optional: fanOut.optional }),
    async run() {
      if (!server.ok) throw new Error(server.reason);
      return await runFanOut(bench, fanOut, server.tool, generator);
    },
  };
}

async function findGenerator(bench: Bench, { generator, load }: FanOut): Promise<Tool> {
  const tool = await bench.tool(generator ?? "generator");
  const compressed = load.protocol === "quotewire.v1.deflate";
  return compressed && !(ZLIB in tool.versions) ? await bench.tool("receiver") : tool;
}

async function runFanOut(bench: Bench, fanOut: FanOut, tool: Tool, generatorTool: Tool) {
  const port = freePort();
  const warmUpSeconds = fanOut.warmUpSeconds ?? WARM_UP_SECONDS;
  const load = { ...fanOut.load, seconds: fanOut.load.seconds + warmUpSeconds, warmUpSeconds };
  await using server = new PinnedProcess({
    command: tool.command,
    args: [...tool.args, ...streamArgs(load, port), ...fanOut.serverArgs ?? []],
    cores: fanOut.cores ?? bench.cores.server,
  });
  await server.line("ready", START_DEADLINE_MS);
  const before = processUsage(server.pid);
  await using generator = new Generator(
    generatorTool,
    load,
    port,
    fanOut.cores ?? bench.cores.others,
  );
  await generator.connected();
  const memory = new MemoryWatch(server.pid);
  const startUs = (Date.now() + START_DELAY_MS) * 1000;
  const atStart = processUsage(server.pid);
  const machineAtStart = machineCpuSeconds();
  await Promise.all([server.send(`go ${startUs}`), generator.start(startUs)]);
  await sleep(START_DELAY_MS + warmUpSeconds * 1000);
  const warm = processUsage(server.pid);
  await generator.complete();
  const atEnd = processUsage(server.pid);
  const machineAtEnd = machineCpuSeconds();
  memory.stop();
  const report = await generator.report();
  const values = valuesOf(report, {
    cpuSeconds: atEnd.cpuSeconds - warm.cpuSeconds,
    cpuSecondsInAll: atEnd.cpuSeconds - atStart.cpuSeconds,
    warmUpSeconds,
    machineCpuSeconds: machineAtEnd - machineAtStart,
    residentBytesBefore: before.residentBytes,
    residentBytesMax: Math.max(memory.residentBytesMax, atEnd.residentBytes),
  });
  const faults = faultsOf(report, values, load);
  return { values, faults: bench.noisy ? faults.filter((one) => !isBusyFault(one)) : faults };
}

interface ServerFigures {
  /** After the warm-up. */
  readonly cpuSeconds: number;
  readonly cpuSecondsInAll: number;
  readonly warmUpSeconds: number;
  /** Of everything that ran. */
  readonly machineCpuSeconds: number;
  readonly residentBytesBefore: number;
  readonly residentBytesMax: number;
}

function valuesOf(report: GeneratorReport, server: ServerFigures): Values {
  const { faultCount: _, faults: __, cpuSeconds: generatorCpuSeconds, ...counts } = report;
  const otherCpuSeconds = server.machineCpuSeconds - server.cpuSecondsInAll - generatorCpuSeconds;
  const grown = server.residentBytesMax - server.residentBytesBefore;
  const warmSeconds = report.seconds - server.warmUpSeconds;
  return {
    ...counts,
    ...server,
    cpuNsPerUpdate: server.cpuSeconds / report.warmDelivered * 1e9,
    conflatedPercent: report.conflated / (report.delivered + report.conflated) * 100,
    updatesPerSecond: report.warmDelivered / warmSeconds,
    framesPerSecond: report.warmFrames / warmSeconds,
    generatorCpuShare: generatorCpuSeconds / report.seconds,
    otherCpuShare: Math.max(0, otherCpuSeconds) / report.seconds,
    residentKilobytesPerClient: grown / report.clients / 1024,
    residentMegabytesMax: server.residentBytesMax / 2 ** 20,
  };
}

function faultsOf(report: GeneratorReport, values: Values, load: Load): string[] {
  const faults = [...report.faults];
  const more = report.faultCount - report.faults.length;
  if (more > 0) faults.push(`and ${more} more`);
  if (report.delivered + report.conflated === 0) {
    faults.push(`nothing of ${totalUpdates(load)} updates arrived`);
  }
  const { generatorCpuShare = NaN, otherCpuShare = NaN } = values;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  if (!(generatorCpuShare <= GENERATOR_CPU_SHARE_MAX)) {
    const share = percent(generatorCpuShare);
    faults.push(`${GENERATOR_FAULT} ${share} of its core and may be the limit`);
  }
  if (!(otherCpuShare <= OTHER_CPU_MAX)) {
    faults.push(`${OTHERS_FAULT} ${percent(otherCpuShare)} of a core meanwhile`);
  }
  return faults;
}

/** Looks at a process again and again, for its largest size. */
class MemoryWatch {
  residentBytesMax = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      try {
        const { residentBytes } = processUsage(pid);
        this.residentBytesMax = Math.max(this.residentBytesMax, residentBytes);
      } catch (error) {
        // It has crashed, which the run will say.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        this.stop();
      }
    }, MEMORY_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
