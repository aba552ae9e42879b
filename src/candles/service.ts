import { CandleStore } from "../db/candle_store.ts";
import { CandleWriter } from "../db/candle_writer.ts";
import { Database } from "../db/client.ts";
import { type Closable, closeAll, together } from "../lifecycle.ts";
import { CandleDesk } from "./desk.ts";
import { keepCandles } from "./keeper.ts";

/** Everything that charts need of the main isolate. */
export interface CandleService extends Closable {
  readonly desk: CandleDesk;
}

/** For what is asked; one more keeps the candles. The feed has its own, and waits for neither. */
const CONNECTIONS_MAX = 2;

/** Begins to keep the candles and to answer questions. The database need not be there. */
export function openCandles(databaseUrl: string): CandleService {
  const asked = new Database({
    url: databaseUrl,
    connectionsMax: CONNECTIONS_MAX,
    applicationName: "quotewire charts",
  });
  const kept = new Database({
    url: databaseUrl,
    connectionsMax: 1,
    applicationName: "quotewire candles",
  });
  const stop = new AbortController();
  const keeping = keepCandles(new CandleWriter(kept), stop.signal);
  const desk = new CandleDesk(new CandleStore(asked));
  const keeper: Closable = {
    async close() {
      stop.abort();
      await kept.close();
      await keeping;
    },
  };
  return { desk, close: () => closeAll([together([keeper, asked]), desk]) };
}
