import type { Scenario } from "../bench.ts";
import { FAN_OUT_COLUMNS, fanOutVariant } from "../fan_out.ts";
import type { Load } from "../generator.ts";
import { figure, ratio } from "../result.ts";

const CLIENTS = 1000;
const LIST = 20;

/** Clients that each want something else, against as many that want the same. */
export const filtered: Scenario = {
  name: "filtered",
  title: "Filtered: 1,000 clients with 20 of 500 symbols each, 500 updates/s",
  columns: FAN_OUT_COLUMNS,
  async measure(bench) {
    const load: Load = {
      clients: CLIENTS,
      symbols: 500,
      updatesPerSecond: 500,
      batchMs: 20,
      seconds: bench.seconds(5),
      protocol: "quotewire.v1.json",
      list: LIST,
    };
    const variants = await bench.takeTurns([
      await fanOutVariant(bench, { name: "one list for all", server: "quotewire", load }),
      await fanOutVariant(bench, {
        name: "1,000 different lists",
        server: "quotewire",
        load: { ...load, differentLists: true },
      }),
    ]);
    const [same, different] = variants;
    return {
      variants,
      figures: [
        figure(
          "CPU of different lists against one",
          ratio(different, same, "cpuNsPerUpdate"),
          "×",
          { max: 3 },
        ),
      ],
    };
  },
};
