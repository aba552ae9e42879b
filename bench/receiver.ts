import process from "node:process";
import { errorText } from "../src/errors.ts";
import { sleep } from "../src/lifecycle.ts";
import { DeflateReader } from "../tests/support/deflate_reader.ts";
import { startClock, symbolName } from "./peers/stream.js";
import { quantiles } from "./quantiles.ts";
import { type ExpectedStream, Received } from "./received.ts";

/**
 * The load generator where no C compiler is: the same arguments, conversation and checks as
 * native/generator.c. It costs as much as a server does, so runs with it say little about speed; but
 * what it finds wrong is wrong.
 */

interface Options extends ExpectedStream {
  readonly port: number;
  readonly clients: number;
  readonly list: number;
  readonly different: boolean;
  readonly protocol: string | undefined;
  readonly arrivals: string | undefined;
  readonly warmUpMs: number;
  readonly deadlineMs: number;
  readonly connectDeadlineMs: number;
}

interface Client {
  readonly socket: WebSocket;
  readonly received: Received;
}

const CONNECTING_MAX = 32;
const LINGER_MS = 200;
const FAULTS_MAX = 5;

const nowUs = startClock();

class Receiver {
  readonly #options: Options;
  readonly #clients: Client[] = [];
  readonly #staleMs: number[] = [];
  readonly #arrivals: Uint32Array | undefined;
  #startUs = Infinity;
  #frames = 0;
  #warmFrames = 0;
  #warmDelivered = 0;
  #payloadBytes = 0;
  #lost = 0;

  constructor(options: Options) {
    this.#options = options;
    if (options.arrivals !== undefined) {
      this.#arrivals = new Uint32Array(options.clients * options.total);
    }
  }

  /** Connects all, waits for the start, receives until all is there, and reports. */
  async run(): Promise<void> {
    const { deadlineMs, connectDeadlineMs } = this.#options;
    const begunUs = nowUs();
    await this.#connectAll(begunUs + connectDeadlineMs * 1000);
    const connectSeconds = (nowUs() - begunUs) / 1e6;
    const ready = this.#clients.filter(({ received }) => received.ready).length;
    print({ event: "connected", ready, seconds: connectSeconds });
    this.#startUs = await readStart();
    const cpuBefore = process.cpuUsage();
    const endUs = this.#startUs + deadlineMs * 1000;
    const complete = () => this.#clients.every(({ received }) => received.complete);
    while (!complete() && this.#lost === 0 && nowUs() < endUs) await sleep(5);
    const seconds = (nowUs() - this.#startUs) / 1e6;
    const { user, system } = process.cpuUsage(cpuBefore);
    print({ event: "complete" });
    // Whatever comes after everything has come is too much.
    await sleep(LINGER_MS);
    this.#report({ connectSeconds, seconds, cpuSeconds: (user + system) / 1e6 });
  }

  async #connectAll(endUs: number): Promise<void> {
    const pending = () => this.#clients.filter(({ received }) => !received.ready).length;
    const going = () => this.#lost === 0 && nowUs() < endUs;
    while (this.#clients.length < this.#options.clients && going()) {
      if (pending() < CONNECTING_MAX) this.#connect(this.#clients.length);
      else await sleep(2);
    }
    while (pending() > 0 && going()) await sleep(2);
  }

  #connect(index: number): void {
    const { port, protocol } = this.#options;
    const wanted = wantedBy(this.#options, index);
    const received = new Received(
      this.#options,
      wanted,
      (update) => this.#arrived(index, update),
    );
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, protocol ?? []);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      if (protocol === undefined) received.ready = true;
      const symbols = this.#options.list === 0 ? "*" : wanted.map(symbolName);
      if (protocol !== undefined) {
        socket.send(JSON.stringify({ type: "subscribe", id: 1, symbols }));
      }
    };
    const reader = new DeflateReader();
    socket.onmessage = ({ data }) => {
      this.#frames += 1;
      if (this.#isWarm(nowUs())) this.#warmFrames += 1;
      if (data instanceof ArrayBuffer) {
        this.#payloadBytes += data.byteLength;
        this.#takePacked(received, reader, new Uint8Array(data));
      } else {
        this.#payloadBytes += String(data).length;
        received.take(String(data));
      }
    };
    socket.onclose = ({ code }) => {
      received.faults.push(`lost: closed with ${code}`);
      this.#lost += 1;
    };
    this.#clients.push({ socket, received });
  }

  /** A piece that cannot be read spoils those behind it, and that is a finding as well. */
  #takePacked(received: Received, reader: DeflateReader, frame: Uint8Array): void {
    try {
      received.take(reader.read(frame));
    } catch (error) {
      received.faults.push(`cannot read a frame: ${errorText(error)}`);
    }
  }

  #isWarm(atUs: number): boolean {
    return atUs - this.#startUs >= this.#options.warmUpMs * 1000;
  }

  #arrived(client: number, update: number): void {
    const { batch, intervalUs, total } = this.#options;
    const arrivedUs = nowUs();
    const sinceStartUs = arrivedUs - this.#startUs;
    if (this.#isWarm(arrivedUs)) this.#warmDelivered += 1;
    if (this.#arrivals !== undefined) this.#arrivals[client * total + update] = sinceStartUs;
    this.#staleMs.push((sinceStartUs - Math.floor(update / batch) * intervalUs) / 1000);
  }

  #report(times: { connectSeconds: number; seconds: number; cpuSeconds: number }): void {
    if (this.#arrivals !== undefined && this.#options.arrivals !== undefined) {
      Deno.writeFileSync(this.#options.arrivals, new Uint8Array(this.#arrivals.buffer));
    }
    const all = this.#clients.map(({ received }) => received);
    for (const received of all) received.checkEnd();
    const faults = all.flatMap((received, index) =>
      received.faults.map((fault) => `client ${index}: ${fault}`)
    );
    const stale = quantiles(this.#staleMs.length > 0 ? this.#staleMs : [0]);
    print({
      event: "done",
      clients: this.#options.clients,
      ...times,
      delivered: all.reduce((sum, { delivered }) => sum + delivered, 0),
      warmDelivered: this.#warmDelivered,
      warmFrames: this.#warmFrames,
      conflated: all.reduce((sum, { conflated }) => sum + conflated, 0),
      frames: this.#frames,
      payloadBytes: this.#payloadBytes,
      heartbeatsMin: Math.min(...all.map(({ heartbeats }) => heartbeats)),
      lost: this.#lost,
      slowDelivered: 0,
      slowConflated: 0,
      staleP50Ms: stale.p50,
      staleP99Ms: stale.p99,
      staleMaxMs: stale.max,
      faultCount: faults.length,
      faults: faults.slice(0, FAULTS_MAX),
    });
  }
}

/** The same lists as in generator.c. */
function wantedBy({ list, different, symbols }: Options, index: number): number[] {
  if (list === 0) return Array.from({ length: symbols }, (_, key) => key);
  const variant = different ? index : 0;
  const step = 23 + 2 * Math.floor(variant / symbols);
  return Array.from({ length: list }, (_, position) => (variant + position * step) % symbols);
}

function readOptions(args: readonly string[]): Options {
  const given = new Map(args.map((arg) => {
    const at = arg.indexOf("=");
    return [arg.slice(0, at), arg.slice(at + 1)];
  }));
  const number = (name: string) => Number(given.get(name) ?? 0);
  if (number("slow") > 0) {
    throw new Error("Cannot make clients that stop reading: needs the generator in C");
  }
  return {
    port: number("port"),
    clients: number("clients"),
    symbols: number("symbols"),
    stride: number("stride"),
    total: number("total"),
    batch: number("batch"),
    intervalUs: number("intervalUs"),
    exact: number("exact") === 1,
    list: number("list"),
    different: number("different") === 1,
    protocol: given.get("protocol") || undefined,
    arrivals: given.get("arrivals"),
    warmUpMs: number("warmUpMs"),
    deadlineMs: number("deadlineMs"),
    connectDeadlineMs: number("connectDeadlineMs"),
  };
}

async function readStart(): Promise<number> {
  const line = await new Promise<string>((resolve) => {
    process.stdin.once("data", (chunk) => resolve(String(chunk)));
  });
  const startUs = Number(/^go (\d+)/.exec(line)?.[1]);
  if (Number.isNaN(startUs)) throw new Error(`Cannot start: told ${line}`);
  return startUs;
}

function print(event: object): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(event)}\n`));
}

try {
  await new Receiver(readOptions(Deno.args)).run();
  Deno.exit(0);
} catch (error) {
  Deno.stderr.writeSync(new TextEncoder().encode(`${errorText(error)}\n`));
  Deno.exit(1);
}
