import type { Changes, OpenedPriceRow, PriceRow, ServerCursor } from "../../src/db/price_store.ts";
import { isNewer, type QuoteKey, quoteKey, utcDay } from "../../src/price/quote.ts";
import type { PriceReads } from "../../src/feed/reader.ts";
import type { Random } from "../../src/aggregator/random.ts";
import type { EventLoop } from "./event_loop.ts";
import type { Snapshot, StoredRow, Table } from "./table.ts";

/** Whether the database answers: well, with an error, not at all, or now well and now with an error. */
export type DatabaseState = "up" | "refusing" | "mute" | "flaky";

const QUERY_DEADLINE_MS = 5000;
const PING_DEADLINE_MS = 1000;
const DELAY_MS_MAX = 30;
const FLAKY_SHARE = 0.3;

/** The reads of `PriceStore`, on the model of a table and over a network that may fail. */
export class SimulatedDatabase implements PriceReads {
  readonly #loop: EventLoop;
  readonly #random: Random;
  readonly #table: Table;
  /** Rows that one read of changes may scan. */
  readonly #changedRowsMax: number;
  #state: DatabaseState = "up";
  /** When it was last seen to answer. */
  #answeredAtMs = 0;

  constructor(loop: EventLoop, random: Random, table: Table, changedRowsMax: number) {
    this.#loop = loop;
    this.#random = random;
    this.#table = table;
    this.#changedRowsMax = changedRowsMax;
  }

  get state(): DatabaseState {
    return this.#state;
  }

  set state(state: DatabaseState) {
    if (this.#reachable) this.#answeredAtMs = this.#loop.nowMs;
    this.#state = state;
  }

  /** When it could last be reached. */
  get reachableAtMs(): number {
    return this.#reachable ? this.#loop.nowMs : this.#answeredAtMs;
  }

  get #reachable(): boolean {
    return this.#state === "up" || this.#state === "flaky";
  }

  /** Asks whether it is there. */
  async ping(): Promise<void> {
    await this.#query(PING_DEADLINE_MS, () => {});
  }

  async newest(depth: number): Promise<{ rows: OpenedPriceRow[]; cursor: ServerCursor }> {
    return await this.#query(QUERY_DEADLINE_MS, (snapshot) => {
      const rows = [...byKey(this.#table.visible(snapshot)).values()]
        .flatMap((ofKey) => ofKey.sort(oldestFirst).slice(-depth))
        .map((row) => ({ ...row, open: this.#opening(row, snapshot) }))
        .sort(oldestFirst);
      return { rows, cursor: cursorOf(snapshot) };
    });
  }

  async changesSince(cursor: ServerCursor): Promise<Changes> {
    return await this.#query(QUERY_DEADLINE_MS, (snapshot) => {
      if (cursor.server !== String(snapshot.server)) return { kind: "other_server" };
      const next = Number(cursor.nextTransaction);
      const open = new Set(cursor.openTransactions.map(Number));
      const fresh = this.#table.visible(snapshot)
        .filter(({ server, transaction }) =>
          server === snapshot.server && (transaction >= next || open.has(transaction))
        );
      if (fresh.length > this.#changedRowsMax) return { kind: "too_many" };
      return { kind: "rows", rows: newestOfEach(fresh), cursor: cursorOf(snapshot) };
    });
  }

  async openingPrices(
    rows: readonly PriceRow[],
  ): Promise<{ symbol: string; source: string; open: number }[]> {
    return await this.#query(QUERY_DEADLINE_MS, (snapshot) =>
      rows.map((row) => {
        const { symbol, source } = row;
        return { symbol, source, open: this.#opening(row, snapshot) };
      }));
  }

  #opening(row: PriceRow, snapshot: Snapshot): number {
    const ofDay = this.#table.visible(snapshot).filter(({ symbol, source, timestamp }) =>
      symbol === row.symbol && source === row.source && utcDay(timestamp) === utcDay(row.timestamp)
    );
    return ofDay.sort(oldestFirst)[0]?.price ?? row.price;
  }

  /** Reads what can be seen a moment from now, and answers another moment later. */
  #query<T>(deadlineMs: number, read: (snapshot: Snapshot) => T): Promise<T> {
    const isolate = this.#loop.current;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const fail = (reason: string) => reject(new Error(`Cannot ask the database: it ${reason}`));
    const cancel = this.#loop.schedule(isolate, deadlineMs, () => fail("does not answer"));
    this.#loop.schedule(this.#loop.world, this.#delayMs(), () => {
      if (this.#state === "mute") return;
      const isFlaw = this.#state === "flaky" && this.#random.uniform() < FLAKY_SHARE;
      if (this.#state === "refusing" || isFlaw) {
        this.#loop.schedule(isolate, this.#delayMs(), () => fail("refuses"));
        return;
      }
      cancel();
      const answer = read(this.#table.snapshot());
      this.#loop.schedule(isolate, this.#delayMs(), () => resolve(answer));
    });
    return promise;
  }

  #delayMs(): number {
    return this.#random.below(DELAY_MS_MAX);
  }
}

/** The newest of the rows of each symbol and source. */
export function newestOfEach(rows: readonly StoredRow[]): StoredRow[] {
  return [...byKey(rows).values()].flatMap((ofKey) => ofKey.sort(oldestFirst).at(-1) ?? []);
}

/** Where a read that saw this goes on. */
export function cursorOf({ server, end, open }: Snapshot): ServerCursor {
  return {
    server: String(server),
    nextTransaction: String(end),
    openTransactions: [...open].map(String),
  };
}

function byKey(rows: readonly StoredRow[]): Map<QuoteKey, StoredRow[]> {
  return Map.groupBy(rows, ({ symbol, source }) => quoteKey(symbol, source));
}

function oldestFirst(a: PriceRow, b: PriceRow): number {
  return isNewer(a, b) ? 1 : -1;
}
