import * as v from "valibot";
import { PinnedProcess } from "./pinned_process.ts";
import type { Tool } from "./toolchain.ts";

/** What a run publishes and to whom; the peers and the load generator are told the same. */
export interface Load {
  readonly clients: number;
  readonly symbols: number;
  readonly updatesPerSecond: number;
  /** Updates come together this often. */
  readonly batchMs: number;
  readonly seconds: number;
  /** Of these, the first, in which every runtime compiles what is hot. @default {0} */
  readonly warmUpSeconds?: number;
  /** WebSocket subprotocol; undefined for peers, which have none. */
  readonly protocol?: string;
  /** Clients among them that stop reading once they have their snapshot. */
  readonly slow?: number;
  /** How long these sleep before they read for half a second; for ever where it is left out. */
  readonly napMs?: number;
  /** Symbols that each client subscribes to; undefined is all. */
  readonly list?: number;
  /** Whether each client has a list of its own. */
  readonly differentLists?: boolean;
  /** Pause of the generator between looks at its sockets. @default {1000} */
  readonly pauseUs?: number;
  /** Beyond `seconds`, for servers that are behind. @default {60000} */
  readonly graceMs?: number;
  readonly connectDeadlineMs?: number;
  /** Whether every update must arrive or be counted as conflated, and not the last ones alone. @default {true} */
  readonly exact?: boolean;
  /** File for the arrival of each update at each client. */
  readonly arrivals?: string;
}

/** Updates that come together. */
export function batchSize(load: Load): number {
  return Math.round(load.updatesPerSecond * load.batchMs / 1000);
}

/** Updates in all. */
export function totalUpdates(load: Load): number {
  return Math.round(load.seconds * 1000 / load.batchMs) * batchSize(load);
}

/** What server and generator are told of the stream; `peers/stream.js` says what it means. */
export function streamOptions(load: Load) {
  return {
    clients: load.clients,
    symbols: load.symbols,
    stride: strideFor(load.symbols),
    total: totalUpdates(load),
    batch: batchSize(load),
    intervalUs: load.batchMs * 1000,
  };
}

/** The same as arguments. */
export function streamArgs(load: Load, port: number): string[] {
  const options = { port, ...streamOptions(load) };
  return Object.entries(options).map(([name, value]) => `${name}=${value}`);
}

const reportSchema = v.object({
  clients: v.number(),
  connectSeconds: v.number(),
  /** Updates received by all clients but the slow ones. */
  delivered: v.number(),
  /** Of these, those that came after the warm-up. */
  warmDelivered: v.number(),
  warmFrames: v.number(),
  conflated: v.number(),
  frames: v.number(),
  payloadBytes: v.number(),
  heartbeatsMin: v.number(),
  lost: v.number(),
  /** As `delivered` and `conflated`, of the slow clients. */
  slowDelivered: v.number(),
  slowConflated: v.number(),
  /** From when an update was due to when the client had it. */
  staleP50Ms: v.number(),
  staleP99Ms: v.number(),
  staleMaxMs: v.number(),
  /** From the start to when every client had everything. */
  seconds: v.number(),
  /** The generator's own. */
  cpuSeconds: v.number(),
  faultCount: v.number(),
  faults: v.array(v.string()),
});

/** What the load generator counted and found wrong. */
export type GeneratorReport = v.InferOutput<typeof reportSchema>;

const ADDRESSES = 16;
const CONNECT_DEADLINE_MS = 60_000;
const GRACE_MS = 60_000;
const PAUSE_US = 1000;
/** The C program and its 10,000 clients take a moment to write what they have. */
const REPORT_DEADLINE_MS = 30_000;

/** The load generator, from its first connection to its report. */
export class Generator implements AsyncDisposable {
  readonly #process: PinnedProcess;
  readonly #load: Load;

  constructor(tool: Tool, load: Load, port: number, cores: string | undefined) {
    this.#load = load;
    const args = [
      ...tool.args,
      ...streamArgs(load, port),
      `addresses=${ADDRESSES}`,
      `slow=${load.slow ?? 0}`,
      `napMs=${load.napMs ?? 0}`,
      `list=${load.list ?? 0}`,
      `different=${load.differentLists === true ? 1 : 0}`,
      `exact=${load.exact === false ? 0 : 1}`,
      `pauseUs=${load.pauseUs ?? PAUSE_US}`,
      `warmUpMs=${(load.warmUpSeconds ?? 0) * 1000}`,
      `deadlineMs=${load.seconds * 1000 + (load.graceMs ?? GRACE_MS)}`,
      `connectDeadlineMs=${load.connectDeadlineMs ?? CONNECT_DEADLINE_MS}`,
      ...(load.protocol === undefined ? [] : [`protocol=${load.protocol}`]),
      ...(load.arrivals === undefined ? [] : [`arrivals=${load.arrivals}`]),
    ];
    this.#process = new PinnedProcess({ command: tool.command, args, cores });
  }

  /** Resolves when every client has what it needs before the stream, or cannot get it. */
  async connected(): Promise<void> {
    const deadlineMs = (this.#load.connectDeadlineMs ?? CONNECT_DEADLINE_MS) + 5000;
    await this.#process.line('{"event":"connected"', deadlineMs);
  }

  /** Tells it when the stream starts. */
  async start(startUs: number): Promise<void> {
    await this.#process.send(`go ${startUs}`);
  }

  /** Resolves when every client has everything, or the deadline has passed. */
  async complete(): Promise<void> {
    const { seconds, graceMs = GRACE_MS } = this.#load;
    await this.#process.line('{"event":"complete"', seconds * 1000 + graceMs + 5000);
  }

  async report(): Promise<GeneratorReport> {
    return v.parse(
      reportSchema,
      JSON.parse(await this.#process.line('{"event":"done"', REPORT_DEADLINE_MS)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

/** Spreads neighbouring updates over the symbols; has no factor in common with their number. */
function strideFor(symbols: number): number {
  const shares = (a: number, b: number): boolean => b === 0 ? a > 1 : shares(b, a % b);
  let stride = Math.max(1, Math.floor(symbols * 0.381966));
  while (shares(symbols, stride)) stride += 1;
  return stride;
}
