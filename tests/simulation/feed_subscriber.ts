import { FeedClient } from "../../src/client/feed_client.ts";
import type { ClientQuote } from "../../src/client/client_quote.ts";
import type { Frame } from "../../src/session/outbox.ts";
import { CLOSE_CODES } from "../../src/session/close_codes.ts";
import { quoteKey } from "../../src/price/quote.ts";
import type { RequestId, ServerMessage } from "../../src/session/protocol.ts";
import { ClientWatch, ConnectionWatch, type Truth } from "./client_watch.ts";
import type { Wiretap } from "./connection.ts";
import { DeflateReader } from "../support/deflate_reader.ts";
import { type EventLoop, Isolate } from "./event_loop.ts";
import type { Listener, Network } from "./network.ts";
import { SendOrder } from "./send_order.ts";
import type { SendWatch } from "./send_watch.ts";
import { StreamWatch } from "./stream_watch.ts";
import type { Subscriber, Wanted } from "./subscriber.ts";
import type { Tampering } from "./tampering.ts";

/** What a subscriber lives in. */
export interface SubscriberWorld {
  readonly loop: EventLoop;
  readonly network: Network;
  readonly truth: Truth;
  readonly sends: SendWatch;
  readonly tampering: Tampering;
  /** Quotes in one part of an update or snapshot. */
  readonly chunkQuotesMax: number;
}

/** The real feed client, with what it shows and what it is sent under watch. */
export class FeedSubscriber implements Subscriber {
  readonly name: string;
  readonly #world: SubscriberWorld;
  readonly #isolate: Isolate;
  readonly #watch: ClientWatch;
  readonly #client: FeedClient;
  /** Newest timestamp shown of each symbol and source, in this epoch. */
  readonly #shown = new Map<string, number>();
  #shownEpoch = "";
  #symbols: ReadonlySet<string> | "*";
  readonly #sources: ReadonlySet<string> | "*";

  constructor(name: string, { compression, ...wanted }: Wanted, world: SubscriberWorld) {
    this.name = name;
    this.#world = world;
    this.#isolate = new Isolate(name);
    this.#watch = new ClientWatch(name, world.truth);
    this.#symbols = setOf(wanted.symbols);
    this.#sources = setOf(wanted.sources);
    const connect = (url: string, protocols: string[]) =>
      world.network.connect(this.#isolate, url, protocols, (listener) => this.#tap(listener));
    this.#client = new FeedClient({
      url: "ws://simulation/ws",
      subscription: wanted,
      // What a test tampers with could not be read any more as a part of its stream.
      compression: world.tampering.toClient === undefined ? compression : "off",
      wakeSource: new EventTarget(),
      webSocket: class {
        constructor(url: string, protocols: string[]) {
          return connect(url, protocols);
        }
      } as unknown as typeof WebSocket,
    });
    this.#listen();
    this.act((client) => client.start());
  }

  /** Does something as the program that uses the client. */
  act(task: (client: FeedClient) => void): void {
    this.#world.loop.within(this.#isolate, () => task(this.#client));
  }

  /** Wants further symbols. */
  subscribe(symbols: readonly string[]): void {
    if (this.#symbols !== "*") this.#symbols = new Set([...this.#symbols, ...symbols]);
    this.act((client) => client.subscribe(symbols));
  }

  /** Wants a symbol no longer, unless it is the last. */
  unsubscribe(symbol: string): void {
    if (this.#symbols === "*" || this.#symbols.size < 2 || !this.#symbols.has(symbol)) return;
    this.#symbols = new Set([...this.#symbols].filter((name) => name !== symbol));
    this.act((client) => client.unsubscribe([symbol]));
  }

  missing(): string | undefined {
    const { state } = this.#client;
    if (state.phase !== "live") return `must be live, is ${state.phase}`;
    for (const row of this.#world.truth.table.newest.values()) {
      const shown = this.#client.quote(row.symbol, row.source)?.price;
      const expected = this.#wants(row) ? row.price : undefined;
      if (shown !== expected) {
        return `must show ${expected} for ${row.symbol}/${row.source}, shows ${shown}`;
      }
    }
    return undefined;
  }

  #listen(): void {
    const { verdict } = this.#world.truth;
    this.#client.on("snapshot", ({ quotes }) => this.#show(quotes));
    this.#client.on("update", ({ quotes }) => this.#show(quotes));
    this.#client.on("removed", ({ quotes }) => {
      for (const { symbol, source } of quotes) this.#shown.delete(quoteKey(symbol, source));
    });
    this.#client.on("state", ({ phase }) => verdict.note(`${this.name} is ${phase}`));
    this.#client.on("error", (fault) => {
      verdict.fail(`${this.name} must meet no fault, meets ${fault.kind}: ${fault.message}`);
    });
  }

  #show(quotes: readonly ClientQuote[]): void {
    if (this.#shownEpoch !== this.#watch.epoch) this.#shown.clear();
    this.#shownEpoch = this.#watch.epoch;
    for (const { symbol, source, timestamp } of quotes) {
      const key = quoteKey(symbol, source);
      const before = this.#shown.get(key) ?? -Infinity;
      if (timestamp < before) {
        this.#world.truth.verdict.fail(
          `${this.name} must not show ${symbol} go back from second ${before} to ${timestamp}`,
        );
      }
      this.#shown.set(key, timestamp);
    }
  }

  #tap(listener: Listener): Wiretap {
    const { chunkQuotesMax, loop, sends, tampering, truth } = this.#world;
    truth.verdict.note(`${this.name} connects to ${listener.isolate.name}`);
    const watch = new ConnectionWatch(this.#watch, listener.ledger);
    const { name } = this;
    const fail = (fault: string) => truth.verdict.fail(`${name} ${fault}`);
    const subscribes = (id: RequestId) => watch.subscribes(id);
    const order = new SendOrder(listener.ledger, chunkQuotesMax, subscribes, fail);
    const streams = new StreamWatch(sends.sendBufferBytesMax, fail);
    const [sent, received] = [new DeflateReader(), new DeflateReader()];
    const textOf = (frame: Frame, reader: DeflateReader) =>
      typeof frame === "string" ? frame : reader.read(frame);
    return {
      waiting: (bytes) => tampering.bufferedBytes?.(bytes) ?? bytes,
      sending(frame, queuedBytes) {
        const text = textOf(frame, sent);
        const tampered = tampering.toClient?.(text, name) ?? text;
        const bytes = typeof frame === "string" ? frame.length : frame.byteLength;
        sends.sending(name, tampered, bytes, queuedBytes);
        const message: ServerMessage = JSON.parse(tampered);
        order.sending(message, loop.nowMs);
        if (typeof frame !== "string") streams.sending(frame, queuedBytes, message, loop.nowMs);
        return tampered === text ? frame : tampered;
      },
      arrived: (frame) => watch.arrived(textOf(frame, received)),
      asked(frame) {
        const asked = String(frame);
        const text = tampering.toServer?.(asked, name) ?? asked;
        watch.asked(text);
        return text;
      },
      closing: (code) => {
        if (code === CLOSE_CODES.goingAway.code) order.leaving();
        sends.closing(name, code);
      },
    };
  }

  #wants({ symbol, source }: { readonly symbol: string; readonly source: string }): boolean {
    return (this.#symbols === "*" || this.#symbols.has(symbol)) &&
      (this.#sources === "*" || this.#sources.has(source));
  }
}

function setOf(names: readonly string[] | "*"): ReadonlySet<string> | "*" {
  return names === "*" ? "*" : new Set(names);
}
