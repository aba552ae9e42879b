import type { Scenario } from "../bench.ts";
import { fanOutVariant } from "../fan_out.ts";
import { figure, median } from "../result.ts";

const CLIENTS = 10_000;
const CONNECT_DEADLINE_MS = 120_000;

/** Very many clients that do next to nothing: whether they get in, and stay. */
export const crowd: Scenario = {
  name: "crowd",
  title: "Crowd: 10,000 clients, one update and one heartbeat a second",
  columns: [
    { key: "connectSeconds", title: "all connected, s", digits: 1 },
    { key: "seconds", title: "watched, s", digits: 0 },
    { key: "lost", title: "clients lost", digits: 0 },
    { key: "heartbeatsMin", title: "fewest heartbeats of a client", digits: 0 },
    { key: "staleP50Ms", title: "staleness p50, ms", digits: 0 },
    { key: "staleP99Ms", title: "p99, ms", digits: 0 },
    { key: "cpuSeconds", title: "server CPU, s", digits: 1 },
    { key: "residentKilobytesPerClient", title: "memory per client, KB", digits: 1 },
    { key: "generatorCpuShare", title: "generator CPU", digits: 2 },
  ],
  async measure(bench) {
    const seconds = bench.seconds(120);
    const variants = await bench.takeTurns([
      await fanOutVariant(bench, {
        name: "Quotewire, quotewire.v1.json",
        server: "quotewire",
        load: {
          clients: CLIENTS,
          symbols: 10,
          updatesPerSecond: 1,
          batchMs: 1000,
          // The last update is due at the start of the last second.
          seconds: seconds + 1,
          protocol: "quotewire.v1.json",
          connectDeadlineMs: CONNECT_DEADLINE_MS,
        },
      }),
      // One run lasts as long as many of the others.
    ], Math.min(bench.rounds, 2));
    const [own] = variants;
    return {
      variants,
      figures: [
        figure("all connected", median(own, "connectSeconds"), "s", { max: 60 }),
        figure("clients lost", median(own, "lost"), "", { max: 0 }),
        figure("watched for", median(own, "seconds"), "s", { min: 120 }),
        figure("fewest heartbeats of a client", median(own, "heartbeatsMin"), "", { min: 118 }),
      ],
    };
  },
};
