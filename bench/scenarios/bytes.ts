import { serverMessageSchema } from "../../src/session/protocol.ts";
import { DeflateReader } from "../../tests/support/deflate_reader.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import * as v from "valibot";
import type { Bench, Measurement, Scenario, Variant } from "../bench.ts";
import { PinnedProcess } from "../pinned_process.ts";
import { type Protocol, PROTOCOLS, whyNot } from "../protocols.ts";
import { figure, median, ratio } from "../result.ts";

/** The simulator's default, a market, and a busy one. */
const RATES = [20, 500, 5000] as const;
const SHARE_MAX = 0.25;
const DEADLINE_MS = 30_000;

/** How many bytes a price takes, on the stream that the aggregator's simulator makes. */
export const bytes: Scenario = {
  name: "bytes",
  title: "Bytes: the simulator's stream, one client",
  columns: [
    { key: "bytesPerUpdate", title: "bytes per update", digits: 1 },
    { key: "updates", title: "updates", digits: 0 },
    { key: "frames", title: "frames", digits: 0 },
    { key: "payloadBytes", title: "bytes in all", digits: 0 },
  ],
  async measure(bench) {
    const variants = await bench.takeTurns(await all(bench));
    const of = (protocol: Protocol, rate: number) =>
      variants.find((variant) => variant.name === name(protocol, rate));
    return {
      variants,
      figures: RATES.flatMap((rate) => {
        const [json, deflate] = PROTOCOLS.map((protocol) => of(protocol, rate));
        return [
          figure(
            `deflate against json, ${rate} updates/s`,
            ratio(deflate, json, "bytesPerUpdate"),
            "×",
            { max: SHARE_MAX },
          ),
          figure(`json, ${rate} updates/s`, median(json, "bytesPerUpdate"), "bytes per update"),
        ];
      }),
    };
  },
};

async function all(bench: Bench): Promise<Variant[]> {
  const variants: Variant[] = [];
  for (const protocol of PROTOCOLS) {
    const notRun = await whyNot(bench, protocol);
    for (const rate of RATES) {
      const run = () => measure(bench, protocol, rate);
      variants.push({ name: name(protocol, rate), run, notRun });
    }
  }
  return variants;
}

function name(protocol: Protocol, rate: number): string {
  return `${protocol}, ${rate} updates/s`;
}

async function measure(bench: Bench, protocol: Protocol, rate: number): Promise<Measurement> {
  const port = freePort();
  const seconds = bench.seconds(10);
  const program = new URL("../peers/simulator.ts", import.meta.url).pathname;
  await using server = new PinnedProcess({
    command: Deno.execPath(),
    args: ["run", "-A", program, String(port), String(rate), String(seconds)],
    cores: bench.cores.server,
  });
  await server.line("ready", DEADLINE_MS);
  using client = new ByteCounter(port, protocol);
  await waitFor("the snapshot", () => client.subscribed);
  await server.send("go");
  await server.line("published", seconds * 1000 + DEADLINE_MS);
  const table = await newest(port);
  const same = () => asText(client.book) === asText(table);
  const faults = [...client.faults];
  await waitFor("the last prices", same, 2000).catch(() => {
    faults.push(`ended with ${asText(client.book)}, the server with ${asText(table)}`);
  });
  const { updates, frames, payloadBytes } = client;
  return {
    values: { updates, frames, payloadBytes, bytesPerUpdate: payloadBytes / updates },
    faults,
  };
}

type Book = ReadonlyMap<string, number>;

/** Counts the updates that it gets and their bytes, and keeps the last prices. */
class ByteCounter implements Disposable {
  readonly book = new Map<string, number>();
  readonly faults: string[] = [];
  updates = 0;
  frames = 0;
  payloadBytes = 0;
  subscribed = false;
  #seq = -1;
  readonly #reader = new DeflateReader();
  readonly #socket: WebSocket;

  constructor(port: number, protocol: Protocol) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, protocol);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => {
      this.#socket.send(JSON.stringify({ type: "subscribe", id: 1, symbols: "*" }));
    };
    this.#socket.onmessage = ({ data }) => {
      const packed = data instanceof ArrayBuffer ? new Uint8Array(data) : undefined;
      const text = packed === undefined ? String(data) : this.#reader.read(packed);
      this.#take(text, packed?.length ?? new TextEncoder().encode(text).length);
    };
  }

  #take(text: string, length: number): void {
    const message = v.parse(serverMessageSchema, JSON.parse(text));
    if (message.type === "snapshot") this.subscribed = message.complete;
    if (message.type !== "snapshot" && message.type !== "update") return;
    if (message.seq < this.#seq) this.faults.push(`went back to number ${message.seq}`);
    this.#seq = message.seq;
    for (const { symbol, source, price } of message.quotes) {
      this.book.set(`${symbol} ${source}`, price);
    }
    if (message.type === "snapshot") return;
    this.updates += message.quotes.length;
    this.frames += 1;
    this.payloadBytes += length;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** What the server says it has, asked for in another way. */
async function newest(port: number): Promise<Book> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/prices`);
  const { quotes } = v.parse(
    v.object({
      quotes: v.array(v.object({ symbol: v.string(), source: v.string(), price: v.number() })),
    }),
    await answer.json(),
  );
  return new Map(quotes.map(({ symbol, source, price }) => [`${symbol} ${source}`, price]));
}

function asText(book: Book): string {
  return JSON.stringify([...book].toSorted(([a], [b]) => a < b ? -1 : 1));
}
