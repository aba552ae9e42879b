import assert from "node:assert/strict";
import { DEFLATE_KINDS } from "../../src/session/deflate_kinds.ts";
import { PRICE_PROTOCOL_DEFLATE, PRICE_PROTOCOL_JSON } from "../../src/session/protocol.ts";
import { insertPrices } from "../support/dashboard.ts";
import { connect, type Dialogue, type Json } from "../support/dialogue.ts";
import { testDatabase } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";

// The compressed feed's shared streams, on a server as users run it. Reading a piece out of its stream
// fails in the clients of these tests, so that what they have received they had every piece for.

const { alone, piece, first } = DEFLATE_KINDS;

/** A server with one worker, and prices that the test inserts. */
class Market implements AsyncDisposable {
  readonly connect: (protocol?: string) => Promise<Dialogue>;
  readonly #databaseUrl: string;
  readonly #resources: AsyncDisposable[];
  #price = 0;

  private constructor(databaseUrl: string, socketUrl: string, resources: AsyncDisposable[]) {
    this.connect = (protocol = PRICE_PROTOCOL_DEFLATE) => connect(`${socketUrl}/ws`, protocol);
    this.#databaseUrl = databaseUrl;
    this.#resources = resources;
  }

  static async open(): Promise<Market> {
    const database = await testDatabase();
    const env = { FEED_MODE: "listen", WORKERS: "1" };
    const server = await startServer({ databaseUrl: database.url, env });
    return new Market(database.url, server.socketUrl, [server, database]);
  }

  /** Inserts a new price of each symbol, and waits until all of these clients have it. */
  async price(symbols: string[], clients: Dialogue[]): Promise<void> {
    const price = this.#price += 1;
    await insertPrices(this.#databaseUrl, symbols.map((symbol) => ({ symbol, price })));
    for (const client of clients) {
      await waitFor(
        `price ${price}`,
        () => quotesOf(client).some((quote) => quote.price === price),
      );
    }
  }

  /** As `price`, until the newest frame with a price is of this kind. */
  async priceUntil(kind: number, client: Dialogue, symbols: string[]): Promise<void> {
    await waitFor(`a frame of kind ${kind}`, async () => {
      await this.price(symbols, [client]);
      return updateKinds(client).at(-1) === kind;
    }, 20_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const resource of this.#resources) await resource[Symbol.asyncDispose]();
  }
}

/** Kinds of the frames with updates. */
function updateKinds({ received, kinds }: Dialogue): number[] {
  return kinds.filter((_, at) => received[at]?.type === "update");
}

function updatesOf({ received }: Dialogue): Json[] {
  return received.filter(({ type }) => type === "update");
}

function quotesOf(client: Dialogue): Json[] {
  return updatesOf(client).flatMap(({ quotes }) => Array.isArray(quotes) ? quotes : []);
}

async function subscribe(client: Dialogue, symbols: string[] | "*"): Promise<void> {
  client.send({ type: "subscribe", id: 1, symbols });
  await client.next("the snapshot", (frame) => frame.complete === true);
}

function test(name: string, run: (market: Market) => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using market = await Market.open();
      await run(market);
    },
  });
}

test("A client that joins a compressed feed gets documents alone at first, and is in step soon after", async (market) => {
  await using early = await market.connect();
  await using plain = await market.connect(PRICE_PROTOCOL_JSON);
  for (const client of [early, plain]) await subscribe(client, "*");
  for (let n = 0; n < 3; n++) await market.price(["A", "B"], [early, plain]);
  assert.deepEqual(updateKinds(early).slice(0, 2), [first, piece]);
  await using late = await market.connect();
  await subscribe(late, "*");
  await market.price(["A", "B"], [early, late]);
  assert.equal(updateKinds(late)[0], alone);
  await market.priceUntil(piece, late, ["A", "B"]);
  await market.price(["C"], [early, late, plain]);
  assert.deepEqual(updatesOf(early), updatesOf(plain));
  const common = updatesOf(late);
  assert.deepEqual(common, updatesOf(plain).slice(-common.length));
  assert.equal(early.kinds.filter((kind) => kind === first).length, 2);
});

test("A client that changes its subscription changes streams and comes back to the one before", async (market) => {
  await using changing = await market.connect();
  await using steady = await market.connect();
  for (const client of [changing, steady]) await subscribe(client, ["A"]);
  for (let n = 0; n < 2; n++) await market.price(["A"], [changing, steady]);
  assert.equal(updateKinds(changing).at(-1), piece);
  await subscribe(changing, ["B"]);
  await market.price(["A", "B"], [changing, steady]);
  assert.equal(updateKinds(changing).at(-1), first, "nobody else has both");
  changing.send({ type: "unsubscribe", id: 2, symbols: ["B"] });
  await changing.next("the answer", ({ id }) => id === 2);
  await market.price(["A", "B"], [changing, steady]);
  assert.equal(updateKinds(changing).at(-1), alone, "it has missed a piece of the one before");
  await market.priceUntil(piece, changing, ["A", "B"]);
  // Until then nobody has waited for the steady one, which was behind on a busy machine.
  await market.price(["A", "B"], [changing, steady]);
  assert.deepEqual(updatesOf(changing).at(-1), updatesOf(steady).at(-1));
});

test("Two subscriptions have a stream each, and neither disturbs the other", async (market) => {
  await using ofA = await market.connect();
  await using ofAll = await market.connect();
  await subscribe(ofA, ["A"]);
  await subscribe(ofAll, "*");
  for (let n = 0; n < 4; n++) {
    await market.price(["A"], [ofA, ofAll]);
    await market.price(["B"], [ofAll]);
  }
  for (const client of [ofA, ofAll]) {
    const [begin, ...rest] = updateKinds(client);
    assert.equal(begin, first);
    assert.ok(rest.every((kind) => kind === piece), `${rest}`);
  }
  assert.ok(quotesOf(ofA).every(({ symbol }) => symbol === "A"));
});
