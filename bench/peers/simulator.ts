import process from "node:process";
import { Simulator } from "../../src/aggregator/simulator.ts";
import { startHubServer } from "./hub_server.ts";

/**
 * Quotewire, fed by the aggregator's own simulator. Arguments: PORT TICKS_PER_SECOND SECONDS. Prints
 * "ready", starts when standard input says "go", prints "published COUNT".
 */

const SYMBOLS = "AAPL,GOOGL,MSFT,AMZN,TSLA,NVDA,META,NFLX".split(",");
const SEED = 1;

const [port = 0, ticksPerSecond = 0, seconds = 0] = Deno.args.map(Number);
const { hub } = await startHubServer({ port, workers: 1, firstQuotes: [] });
process.stdin.once("data", () => simulate());
process.stdout.write("ready\n");

async function simulate(): Promise<void> {
  let published = 0;
  const emit = (ticks: Parameters<Parameters<Simulator["run"]>[0]["emit"]>[0]) => {
    const timeMs = Date.now();
    hub.publish(ticks.map((tick) => ({ ...tick, id: ++published, timeMs, open: tick.price })));
  };
  const simulator = new Simulator({ symbols: SYMBOLS, ticksPerSecond, seed: SEED });
  await simulator.run({ emit, room: () => Promise.resolve() }, AbortSignal.timeout(seconds * 1000));
  process.stdout.write(`published ${published}\n`);
}
