import * as v from "valibot";
import { isNewer, type QuoteKey, quoteKey } from "../../src/price/quote.ts";
import type { Frame } from "../../src/session/outbox.ts";
import { Isolate } from "./event_loop.ts";
import type { SubscriberWorld } from "./feed_subscriber.ts";
import type { Version } from "./published_log.ts";
import type { SimulatedSocket } from "./simulated_socket.ts";
import type { Subscriber } from "./subscriber.ts";

const RETRY_MS = 500;
const quoteSchema = v.object({
  symbol: v.string(),
  price: v.number(),
  source: v.string(),
  timestamp: v.number(),
});

/** A client as the workshop has it: shows what comes, and connects again when the socket is closed. */
export class ClassicSubscriber implements Subscriber {
  readonly name: string;
  readonly #world: SubscriberWorld;
  readonly #isolate: Isolate;
  readonly #shown = new Map<QuoteKey, Version>();
  #connected = false;

  constructor(name: string, world: SubscriberWorld) {
    this.name = name;
    this.#world = world;
    this.#isolate = new Isolate(name);
    this.#connect();
  }

  missing(): string | undefined {
    if (!this.#connected) return "must be connected, is not";
    for (const [key, row] of this.#world.truth.table.newest) {
      const shown = this.#shown.get(key)?.id;
      if (shown !== row.id) return `must show row ${row.id} of ${row.symbol}, shows ${shown}`;
    }
    return undefined;
  }

  #connect(): void {
    const { loop, network, sends, truth } = this.#world;
    this.#shown.clear();
    const socket: SimulatedSocket = loop.within(
      this.#isolate,
      () =>
        network.connect(this.#isolate, "ws://simulation/", [], (listener) => {
          truth.verdict.note(`${this.name} connects to ${listener.isolate.name}`);
          return {
            waiting: (bytes) => bytes,
            sending: (frame, queuedBytes) => {
              sends.sendingClassic(this.name, queuedBytes);
              return frame;
            },
            arrived: (frame) => this.#take(frame),
            asked: (frame) => frame,
            closing: (code) => sends.closing(this.name, code),
          };
        }),
    );
    socket.addEventListener("open", () => this.#connected = true);
    socket.addEventListener("close", () => {
      this.#connected = false;
      loop.schedule(this.#isolate, RETRY_MS, () => this.#connect());
    });
  }

  #take(frame: Frame): void {
    const { table, verdict } = this.#world.truth;
    const parsed = v.safeParse(quoteSchema, JSON.parse(String(frame)));
    if (!parsed.success) return;
    const { symbol, source, price } = parsed.output;
    const row = table.rowOf(price);
    if (row === undefined) return verdict.fail(`${this.name} is sent ${price}, which nobody wrote`);
    const key = quoteKey(symbol, source);
    const before = this.#shown.get(key);
    verdict.note(`${this.name} gets ${symbol}/${source} ${price}`);
    if (before !== undefined && isNewer(before, row)) {
      verdict.fail(`${this.name} must not see ${symbol} go back from ${before.id} to ${row.id}`);
    }
    this.#shown.set(key, row);
  }
}
