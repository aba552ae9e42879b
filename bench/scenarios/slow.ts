import type { Scenario } from "../bench.ts";
import { FAN_OUT_COLUMNS, fanOutVariant } from "../fan_out.ts";
import type { Load } from "../generator.ts";
import { figure, median, ratio } from "../result.ts";

const CLIENTS = 1000;
const SLOW = 100;
/** Long enough for the server's marks to be reached. */
const NAP_MS = 12_000;
/** `SEND_BUFFER_BYTES_MAX` of the server under test, in KB. */
const HIGH_WATER_KILOBYTES = 1024;
/** What allocators and one frame above the mark may add. */
const OVERHEAD = 1.25;

/** Clients that stop reading, among others that must not feel it. */
export const slow: Scenario = {
  name: "slow",
  title: "Slow clients: 100 of 1,000, 2,000 updates/s",
  columns: [
    ...FAN_OUT_COLUMNS,
    { key: "residentMegabytesMax", title: "server memory at most, MB", digits: 0 },
    { key: "slowDelivered", title: "delivered to the slow", digits: 0 },
    { key: "slowConflated", title: "conflated for them", digits: 0 },
  ],
  async measure(bench) {
    const load: Load = {
      clients: CLIENTS,
      symbols: 500,
      updatesPerSecond: 2000,
      batchMs: 50,
      // Until the kernel's buffers and the server's marks are full.
      seconds: bench.seconds(20),
      protocol: "quotewire.v1.json",
    };
    const variants = await bench.takeTurns([
      await fanOutVariant(bench, { name: "all read", server: "quotewire", load }),
      await fanOutVariant(bench, {
        name: "100 never read",
        server: "quotewire",
        load: { ...load, slow: SLOW },
      }),
      // These get everything in the end, or are told how much they did not get.
      await fanOutVariant(bench, {
        name: "100 read now and then",
        server: "quotewire",
        load: { ...load, slow: SLOW, napMs: NAP_MS },
      }),
    ]);
    const [without, withSlow] = variants;
    const [before, after] = [without, withSlow].map((variant) =>
      median(variant, "residentMegabytesMax")
    );
    const more = before === undefined || after === undefined
      ? undefined
      : (after - before) * 1024 / SLOW;
    return {
      variants,
      figures: [
        figure("p99 of the others", ratio(withSlow, without, "staleP99Ms"), "×", { max: 1.5 }),
        figure("server memory for each slow client", more, "KB", {
          max: HIGH_WATER_KILOBYTES * OVERHEAD,
        }),
      ],
    };
  },
};
