import type { ClientMessage, RequestId, ServerMessage, WireQuote } from "../session/protocol.ts";
import { ClientBook, type Position } from "./client_book.ts";
import type { ClientQuote } from "./client_quote.ts";
import type { Clock } from "./clock.ts";
import { type Compression, wantsCompression } from "./compression.ts";
import { type ConnectOptions, withDefaults } from "./connect_options.ts";
import { Emitter, throwUncaught } from "./emitter.ts";
import type { FeedEvents } from "./feed_events.ts";
import { type Grant, namedIn, NO_GRANT } from "./grant.ts";
import { Link } from "./link.ts";
import type { LinkState } from "./link_state.ts";
import { untilLive } from "./live_wait.ts";
import { PendingReplies } from "./pending_replies.ts";
import { RoundTrip } from "./round_trip.ts";
import { PRICE_WIRE, PRICE_WIRE_DEFLATE } from "./server_message.ts";
import {
  Subscription,
  type SubscriptionEntries,
  type SubscriptionOptions,
} from "./subscription.ts";
import type { Traffic } from "./traffic.ts";
import { UntoldChanges } from "./untold_changes.ts";

/** What a feed client needs to know; URL and subscription are enough. */
export interface FeedClientOptions extends ConnectOptions {
  /** What is wanted at first; it can be changed later. */
  readonly subscription: SubscriptionOptions;
  /** Whether the server is asked to compress. @default {"auto"} */
  readonly compression?: Compression;
}

const STATS_DEADLINE_MS = 5000;

type Message<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

/**
 * A price feed as seen by a browser or a program: it connects, subscribes, notices when the server is
 * gone or mute, reconnects with jitter, and goes on from where it was.
 *
 * It holds the newest quote of each symbol and source, and tells listeners what changed. Listeners may
 * call any method. A listener that throws is reported as an `error` event, or, where nobody listens to
 * those, as an uncaught error of the program; neither disturbs the client.
 *
 * ```ts ignore
 * const client = new FeedClient({ url: "ws://127.0.0.1:8080/ws", subscription: { symbols: "*" } });
 * client.on("update", ({ quotes }) => quotes.forEach((quote) => show(quote)));
 * client.start();
 * ```
 */
export class FeedClient {
  /** Where it connects to. */
  readonly url: string;
  readonly #clock: Clock;
  readonly #link: Link<ClientMessage, ServerMessage>;
  readonly #book: ClientBook;
  readonly #emitter: Emitter<FeedEvents>;
  readonly #stats: PendingReplies<Record<string, unknown>>;
  readonly #roundTrip: RoundTrip;
  readonly #untold: UntoldChanges;
  #subscription: Subscription;
  #lastId = 0;
  /** Set by `hello`: from then on the server takes requests. */
  #session: string | undefined;
  /** The last `subscribe` or `resume`, until it is acknowledged. */
  #asked: { readonly id: RequestId; readonly type: "subscribe" | "resume" } | undefined;
  /** The symbols that the server last said it would send: a token may allow fewer than are wanted. */
  #granted: Grant = NO_GRANT;
  /** Whether the book has had a snapshot of all that is subscribed to, so that `resume` suffices. */
  #covered = false;
  #serverAheadMs = 0;
  #malformed = 0;
  #conflated = 0;

  /**
   * Does not connect yet.
   *
   * @throws {RangeError} when the subscription breaks the protocol's limits, or a token cannot be carried
   * @throws {TypeError} when the platform has no WebSocket, and none is passed
   */
  constructor(options: FeedClientOptions) {
    const connect = withDefaults(options);
    this.url = connect.url;
    this.#subscription = new Subscription(options.subscription);
    this.#clock = connect.clock;
    this.#book = new ClientBook({ historyMax: this.#subscription.history });
    this.#emitter = new Emitter((name, thrown) => this.#listenerFailed(name, thrown));
    this.#stats = new PendingReplies(this.#clock);
    this.#roundTrip = new RoundTrip(this.#clock, () => {
      const id = this.#nextId();
      this.#link.send({ type: "ping", id });
      return id;
    });
    this.#untold = new UntoldChanges(this.#clock, {
      subscribe: (symbols) => this.#subscribe({ symbols: symbols === "*" ? "*" : [...symbols] }),
      unsubscribe: (symbols) =>
        this.#link.send({ type: "unsubscribe", id: this.#nextId(), symbols: [...symbols] }),
      restate: () => this.#subscribe(this.#subscription.toWire()),
    });
    const compresses = wantsCompression(options.compression ?? "auto", connect.url);
    this.#link = new Link(
      { ...connect, protocols: compresses ? [PRICE_WIRE_DEFLATE, PRICE_WIRE] : [PRICE_WIRE] },
      {
        received: (message) => this.#receive(message),
        malformed: (fault) => this.#countMalformed(fault),
        disconnected: () => this.#disconnected(),
        changed: (state) => this.#emitter.emit("state", state),
      },
    );
  }

  /** What the connection is doing. */
  get state(): LinkState {
    return this.#link.state;
  }

  /** Messages that broke the protocol, so far. */
  get malformedCount(): number {
    return this.#malformed;
  }

  /** Prices that were replaced by newer ones before they were sent, so far. */
  get conflatedCount(): number {
    return this.#conflated;
  }

  /** The subprotocol that the server speaks; undefined while not connected. */
  get protocol(): string | undefined {
    return this.#link.protocol;
  }

  /** What has been received so far, on the wire and decompressed. */
  get traffic(): Traffic {
    return this.#link.traffic;
  }

  /** The last measured round trip in milliseconds. */
  get roundTripMs(): number | undefined {
    return this.#roundTrip.lastMs;
  }

  /** The server's clock, as far as known: ages of prices are wrong by the local clock's error otherwise. */
  serverNowMs(): number {
    return this.#clock.nowMs() + this.#serverAheadMs;
  }

  /** Everything that is known, in the order in which it first appeared. */
  quotes(): Iterable<ClientQuote> {
    return this.#book.quotes();
  }

  /** The newest quote of one symbol and source. */
  quote(symbol: string, source: string): ClientQuote | undefined {
    return this.#book.get(symbol, source);
  }

  /** Adds a listener and returns the function that removes it. */
  on<Name extends keyof FeedEvents>(
    name: Name,
    listener: (event: FeedEvents[Name]) => void,
  ): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Connects, and stays connected until `stop`. @throws {SyntaxError} when the URL cannot be used */
  start(): void {
    this.#link.start();
  }

  /**
   * Disconnects for good. What is known stays readable, and `start` goes on from there.
   * Resolves when the server has heard of it, within half a second: a program that exits before is to the
   * server a lost connection.
   */
  async stop(): Promise<void> {
    await this.#link.stop({ kind: "asked" });
  }

  /**
   * Resolves when everything that is subscribed to has arrived and changes arrive as they happen: at once
   * where that is so already. It waits as long as it takes, over any number of attempts to connect.
   *
   * @throws {Error} when the client stops, such as for a token that the server does not take, or has not
   * been started; the message says why
   * @throws the signal's reason when that is aborted
   */
  async untilLive(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await untilLive(this, options.signal);
  }

  /** Finds out at once whether the connection still lives, and reconnects without waiting if it does not. */
  checkNow(): void {
    this.#link.checkNow();
  }

  /** Wants further symbols. @throws {RangeError} when they break the protocol's limits */
  subscribe(symbols: readonly string[] | "*"): void {
    if (symbols.length === 0) return;
    this.#subscription = this.#subscription.with(symbols);
    this.#covered = false;
    // The server adds them to what it has; the rest need not be sent again.
    if (this.#greeted) this.#untold.add(symbols);
  }

  /** Wants these symbols no longer. @throws {RangeError} when none would be left, or all are wanted */
  unsubscribe(symbols: readonly string[]): void {
    this.#subscription = this.#subscription.without(symbols);
    if (this.#greeted) this.#untold.remove(symbols);
    this.#retain();
  }

  /** Wants at most one update in this many milliseconds; 0 for each change. @throws {RangeError} above 60 s */
  setMaxRate(maxRateMs: number): void {
    this.#subscription = this.#subscription.atRate(maxRateMs);
    if (this.#greeted) this.#untold.restate();
  }

  /** Asks the server for its counters. @throws {Error} when not connected, or without an answer within 5 s */
  async stats(): Promise<Record<string, unknown>> {
    const action = "read the server's stats";
    if (!this.#greeted) {
      throw new Error(`Cannot ${action}: must be connected, is ${this.state.phase}`);
    }
    const id = this.#nextId();
    const reply = this.#stats.wait(id, STATS_DEADLINE_MS, action);
    this.#link.send({ type: "stats", id });
    return await reply;
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case "hello":
        return this.#hello(message);
      case "ack":
        return this.#acknowledged(message);
      case "snapshot":
        return this.#snapshot(message);
      case "update":
        return this.#update(message);
      case "heartbeat":
        return this.#heartbeat(message);
      case "resumed":
        return this.#resumed(message);
      case "stats":
        this.#stats.settle(message.id, message.stats);
        return;
      case "pong":
        return this.#roundTrip.pong(message.id);
      case "auth":
        return this.#link.authenticated(message);
      case "error":
        return this.#refused(message);
      case "closing":
        return this.#link.advise(message.reconnect_after_ms);
    }
  }

  #hello(message: Message<"hello">): void {
    this.#session = message.session;
    this.#serverAheadMs = message.server_time - this.#clock.nowMs();
    this.#link.authenticated(message.auth);
    this.#link.watch(message.heartbeat_ms);
    this.#link.progress("subscribe");
    const position = this.#book.position;
    if (this.#covered && position !== undefined) this.#resume(position);
    else this.#subscribe(this.#subscription.toWire());
  }

  #subscribe(entries: Partial<SubscriptionEntries> & Pick<SubscriptionEntries, "symbols">): void {
    const id = this.#nextId();
    this.#asked = { id, type: "subscribe" };
    this.#link.send({ type: "subscribe", id, ...entries });
  }

  #subscribeAnew(): void {
    this.#covered = false;
    this.#subscribe(this.#subscription.toWire());
  }

  #resume(position: Position): void {
    const id = this.#nextId();
    this.#asked = { id, type: "resume" };
    this.#link.send({ type: "resume", id, ...position, ...this.#subscription.toWire() });
  }

  #acknowledged({ id, subscription: { symbols } }: Message<"ack">): void {
    const before = this.#granted.symbols;
    this.#granted = { symbols, session: this.#session };
    if (symbols !== "*") this.#retain(new Set(symbols));
    if (id !== this.#asked?.id) return;
    // What another token allows may have changed while this one did not see it.
    const isOther = JSON.stringify(before) !== JSON.stringify(symbols);
    if (this.#asked.type === "resume" && isOther) return this.#subscribeAnew();
    this.#asked = undefined;
    this.#link.progress("receive the prices");
  }

  #snapshot(message: Message<"snapshot">): void {
    const complete = this.#book.applySnapshot({ ...message, quotes: this.#wanted(message.quotes) });
    if (!complete) return this.#link.progress("receive the prices");
    // A snapshot that was under way before the last request need not hold what that request added.
    if (this.#asked === undefined && !this.#untold.owesSubscribe) this.#covered = true;
    this.#emitter.emit("snapshot", { quotes: [...this.#book.quotes()] });
    this.#goLive();
  }

  #update(message: Message<"update">): void {
    const wanted = { ...message, quotes: this.#wanted(message.quotes) };
    this.#tell("update", this.#book.applyUpdate(wanted));
    const count = message.conflated ?? 0;
    if (count === 0) return;
    this.#conflated += count;
    this.#emitter.emit("conflated", { count });
  }

  #heartbeat(message: Message<"heartbeat">): void {
    this.#link.proven();
    this.#serverAheadMs = message.server_time - this.#clock.nowMs();
    const { status, mode, age_ms: ageMs } = message.feed;
    const feed = { status, mode, ageMs };
    this.#tell("removed", this.#book.heard(status));
    this.#emitter.emit("heartbeat", { feed, roundTripMs: this.#roundTrip.lastMs });
  }

  #resumed({ kind, from, to }: Message<"resumed">): void {
    this.#emitter.emit("resumed", { kind, from, to });
    if (kind === "delta" && this.#asked === undefined) this.#goLive();
  }

  #goLive(): void {
    // A listener may have stopped the client just now.
    if (this.#session === undefined || this.state.phase === "live") return;
    this.#link.proven();
    this.#roundTrip.start();
    this.#link.live(this.#session);
  }

  #refused({ id, code, message }: Message<"error">): void {
    if (id !== undefined && this.#stats.fail(id, new Error(message))) return;
    // Of requests with an id only changes are limited. It need not be the last: that may have been taken.
    if (id !== undefined && code === "rate_limited") return this.#sayAgain();
    const asked = id !== undefined && id === this.#asked?.id ? this.#asked : undefined;
    const opening = this.state.phase === "connecting";
    if (opening && asked?.type === "resume") return this.#subscribeAnew();
    this.#emitter.emit("error", { kind: "refused", code, message });
    if (opening && asked !== undefined) this.#link.stop({ kind: "refused", code, message });
  }

  #sayAgain(): void {
    const sent = namedIn(this.#granted, this.#session);
    this.#untold.refused(sent.filter((symbol) => !this.#subscription.includes(symbol)));
  }

  #disconnected(): void {
    this.#session = undefined;
    this.#asked = undefined;
    this.#untold.forget();
    this.#book.dropStaged();
    this.#roundTrip.stop();
    this.#stats.failAll(new Error("Cannot read the server's stats: the connection has ended"));
  }

  /** Forgets what is not wanted, or not sent, any more. */
  #retain(granted?: ReadonlySet<string>): void {
    const isKept = (quote: ClientQuote) =>
      this.#subscription.matches(quote) && granted?.has(quote.symbol) !== false;
    this.#tell("removed", this.#book.retain(isKept));
  }

  #tell(name: "removed" | "update", quotes: readonly ClientQuote[]): void {
    if (quotes.length > 0) this.#emitter.emit(name, { quotes });
  }

  /** Prices of a symbol may still be on their way when it is unsubscribed from. */
  #wanted(quotes: WireQuote[]): WireQuote[] {
    return quotes.filter((quote) => this.#subscription.matches(quote));
  }

  #countMalformed(message: string): void {
    this.#malformed += 1;
    this.#emitter.emit("error", { kind: "malformed", message, count: this.#malformed });
  }

  #listenerFailed(name: string, thrown: unknown): void {
    if (name === "error" || !this.#emitter.has("error")) return throwUncaught(thrown);
    const cause = thrown instanceof Error ? thrown.message : String(thrown);
    const message = `Cannot finish a listener of ${name}: it threw ${cause}`;
    this.#emitter.emit("error", { kind: "listener", message, cause: thrown });
  }

  get #greeted(): boolean {
    return this.#session !== undefined;
  }

  #nextId(): number {
    return this.#lastId += 1;
  }
}
