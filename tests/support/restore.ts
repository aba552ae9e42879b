import { pipeline } from "node:stream/promises";
import { query } from "./query.ts";

/** All that a server keeps; the list of migrations belongs to the schema. */
const TABLES = [
  "stock_prices",
  "quotewire_chat_messages",
  "quotewire_candles",
  "quotewire_candle_progress",
];

/**
 * Brings all data into another, empty database, as `pg_dump` and `pg_restore` do: every column as it is, ids
 * of transactions among them, before there are triggers; and the next id.
 */
export async function restore(fromUrl: string, toUrl: string): Promise<void> {
  await query(fromUrl, (from) =>
    query(toUrl, async (to) => {
      await to`alter table stock_prices disable trigger quotewire_stock_prices_txid`;
      for (const table of TABLES) {
        await pipeline(
          await from`copy ${from(table)} to stdout`.readable(),
          await to`copy ${to(table)} from stdin`.writable(),
        );
      }
      await to`alter table stock_prices enable always trigger quotewire_stock_prices_txid`;
      await to`select setval(
        pg_get_serial_sequence('stock_prices', 'id'), (select max(id) from stock_prices))`;
    }));
}

/** The id that the next transaction will have, or a later one. */
export async function nextTransaction(url: string): Promise<bigint> {
  return await query(url, async (sql) => {
    const [row] = await sql`select pg_snapshot_xmax(pg_current_snapshot())::text as next`;
    return BigInt(row?.next);
  });
}

/** Begins transactions, and ends them, until the next one has at least this id. */
export async function spendTransactions(url: string, next: bigint): Promise<void> {
  await query(url, async (sql) => {
    const [row] = await sql`select pg_current_xact_id()::text as id`;
    for (let id = BigInt(row?.id) + 1n; id < next; id += 1n) await sql`select pg_current_xact_id()`;
  });
}
