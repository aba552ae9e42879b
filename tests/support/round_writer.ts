import { openPool, type Sql } from "../../src/db/client.ts";

const PREFIX = "A-SYMBOL-WITH-A-LONG-NAME-";

/** Writes new prices of many symbols, round after round: more than clients that do not read can be sent. */
export class RoundWriter implements AsyncDisposable {
  readonly #sql: Sql;
  readonly #symbols: number;
  #round = 0;

  /** @param symbols long names and many of them: 5000 are about 500 KB a round and client */
  constructor(databaseUrl: string, symbols = 5000) {
    this.#symbols = symbols;
    this.#sql = openPool({
      url: databaseUrl,
      connectionsMax: 1,
      applicationName: "quotewire test",
    });
  }

  /** The price of every symbol. */
  get price(): number {
    return this.#round;
  }

  /** One of the symbols. */
  get symbol(): string {
    return `${PREFIX}1`;
  }

  async write(rounds: number): Promise<void> {
    for (let count = 0; count < rounds; count += 1) {
      this.#round += 1;
      await this.#sql`INSERT INTO stock_prices (symbol, price, source, timestamp)
        SELECT ${PREFIX} || n, ${this.#round}, 'x', ${this.#round}
        FROM generate_series(1, ${this.#symbols}) n`;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 1 });
  }
}
