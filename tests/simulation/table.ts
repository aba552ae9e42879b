import type { PriceRow } from "../../src/db/price_store.ts";
import { isNewer, type QuoteKey, quoteKey, utcDay } from "../../src/price/quote.ts";

/** What a transaction writes of a row; the table adds the rest. */
export type NewRow = Pick<PriceRow, "symbol" | "source" | "timestamp">;

/** A row, and the transaction that wrote it on which server. */
export interface StoredRow extends PriceRow {
  readonly transaction: number;
  readonly server: number;
}

/** What a read can see, as Postgres says it: `pg_current_snapshot()`. */
export interface Snapshot {
  /** Whose transactions these are. */
  readonly server: number;
  /** One past the highest transaction that has ended: this one and later ones cannot be seen. */
  readonly end: number;
  /** Earlier ones that have not ended either. */
  readonly open: ReadonlySet<number>;
}

/** A transaction that has written and not ended. */
export interface Transaction {
  readonly id: number;
  readonly server: number;
  readonly rows: readonly StoredRow[];
}

/**
 * The table `stock_prices` with transactions as Postgres has them: a row gets its id and time when it is
 * inserted and can be seen when its transaction has committed, in whatever order those do.
 */
export class Table {
  #server = 0;
  #lastId = 0;
  #lastTransaction = 0;
  #end = 1;
  readonly #open = new Set<number>();
  /** Of all servers. */
  readonly #committed = new Set<StoredRow>();
  readonly #rows: StoredRow[] = [];
  /** The newest committed row of each symbol and source: what every client is to see in the end. */
  readonly newest = new Map<QuoteKey, StoredRow>();

  /** Of each symbol, source and day those that were its first price for a while: earlier ones may come later. */
  readonly #openings = new Map<string, StoredRow[]>();

  /** The row that has this price; every row has one of its own. */
  rowOf(price: number): StoredRow | undefined {
    return this.#rows[Math.round(price * 100) - 10_000 - 1];
  }

  /** Inserts in a transaction of its own, which stays open. */
  begin(rows: readonly NewRow[], nowMs: number): Transaction {
    const id = this.#lastTransaction += 1;
    this.#open.add(id);
    const server = this.#server;
    const stored = rows.map((row) => {
      this.#lastId += 1;
      const price = 100 + this.#lastId / 100;
      return {
        ...row,
        price,
        id: this.#lastId,
        timeMs: Math.floor(nowMs),
        transaction: id,
        server,
      };
    });
    this.#rows.push(...stored);
    return { id, server, rows: stored };
  }

  /** Returns whether it could: a transaction is lost with its server. */
  commit(transaction: Transaction): boolean {
    if (!this.#ended(transaction)) return false;
    for (const row of transaction.rows) {
      this.#committed.add(row);
      const key = quoteKey(row.symbol, row.source);
      const known = this.newest.get(key);
      if (known === undefined || isNewer(row, known)) this.newest.set(key, row);
    }
    for (const row of transaction.rows.toSorted((a, b) => isNewer(a, b) ? 1 : -1)) {
      const openings = this.#openings.get(dayKey(row)) ?? [];
      this.#openings.set(dayKey(row), openings);
      const first = openings.at(-1);
      if (first === undefined || isNewer(first, row)) openings.push(row);
    }
    return true;
  }

  /** Whether a row was the first that could be seen of its symbol, source and day, now or at some moment. */
  hasOpened(row: StoredRow): boolean {
    return this.#openings.get(dayKey(row))?.includes(row) ?? false;
  }

  rollBack(transaction: Transaction): void {
    this.#ended(transaction);
  }

  /**
   * Another server takes over, which has all that was committed and has heard of fewer transactions: it
   * counts on from `lastTransaction`.
   */
  failOver(lastTransaction: number): void {
    this.#server += 1;
    this.#open.clear();
    this.#lastTransaction = lastTransaction;
    this.#end = lastTransaction + 1;
  }

  snapshot(): Snapshot {
    const open = new Set([...this.#open].filter((id) => id < this.#end));
    return { server: this.#server, end: this.#end, open };
  }

  /** The committed rows that a snapshot sees, in the order of their ids. */
  visible(snapshot: Snapshot): StoredRow[] {
    return this.#rows.filter((row) =>
      this.#committed.has(row) &&
      (row.server < snapshot.server ||
        (row.transaction < snapshot.end && !snapshot.open.has(row.transaction)))
    );
  }

  #ended({ id, server }: Transaction): boolean {
    if (server !== this.#server) return false;
    this.#open.delete(id);
    this.#end = Math.max(this.#end, id + 1);
    return true;
  }
}

function dayKey({ symbol, source, timestamp }: NewRow): string {
  return `${quoteKey(symbol, source)}\0${utcDay(timestamp)}`;
}
