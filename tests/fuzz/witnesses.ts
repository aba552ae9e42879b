import assert from "node:assert/strict";
import { type ChatDialogue, joinChat } from "../support/chat.ts";
import { insertPrices } from "../support/dashboard.ts";
import { connect, type Dialogue } from "../support/dialogue.ts";
import { openSocket, type PlainSocket } from "../support/plain_socket.ts";

/** What a price client gets that has asked for everything once, and for nothing since. */
const EXPECTED_TYPES = ["hello", "ack", "snapshot", "update", "heartbeat"];

/** Clients that behave, on the worker that the fuzzer has to itself otherwise. */
export class Witnesses implements AsyncDisposable {
  /** Connections that they hold. */
  static readonly COUNT = 3;

  private constructor(
    readonly prices: Dialogue,
    readonly echo: PlainSocket,
    readonly chat: ChatDialogue,
    readonly databaseUrl: string,
  ) {}

  static async connect(socketUrl: string, databaseUrl: string): Promise<Witnesses> {
    const prices = await connect(`${socketUrl}/ws`);
    prices.send({ type: "subscribe", id: 1, symbols: "*" });
    await prices.nextOf("snapshot");
    const echo = await openSocket(`${socketUrl}/echo`);
    await echo.next("the welcome");
    const chat = await joinChat(`${socketUrl}/chat/witness`, "witness");
    return new Witnesses(prices, echo, chat, databaseUrl);
  }

  /** Uses every service once more, and looks at what has come meanwhile. */
  async check(price: number): Promise<void> {
    const types = new Set(this.prices.received.map(({ type }) => type));
    for (const type of types) assert.ok(EXPECTED_TYPES.includes(String(type)), `got ${type}`);
    for (const { quotes } of this.prices.received) {
      assert.ok(
        quotes === undefined ||
          Array.isArray(quotes) && quotes.every(({ source }) => source === "test"),
        "must get the prices in the table, gets others",
      );
    }
    await insertPrices(this.databaseUrl, [{ symbol: "W", price }]);
    await this.prices.next(
      "the new price",
      ({ type, quotes }) =>
        type === "update" && Array.isArray(quotes) && quotes.some((quote) => quote.price === price),
    );
    this.echo.socket.send(`still here ${price}`);
    assert.equal(await this.echo.next("the echo"), `still here ${price}`);
    assert.equal((await this.chat.ask({ type: "presence" })).count, 1);
    for (const { closed } of [this.prices, this.echo, this.chat]) assert.equal(closed, undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of [this.prices, this.echo, this.chat]) await one[Symbol.asyncDispose]();
  }
}
