import * as v from "valibot";
import { isNewer, type QuoteKey, quoteKey } from "../../src/price/quote.ts";
import type {
  RequestId,
  ServerMessage,
  WireQuote,
  WireSubscription,
} from "../../src/session/protocol.ts";
import { lacks, type PublishedLog, type Version } from "./published_log.ts";
import { sentQuote } from "./sent_quote.ts";
import type { Table } from "./table.ts";
import type { Verdict } from "./verdict.ts";
import type { WorkerLedger } from "./worker_ledger.ts";

/** What the watch compares with. */
export interface Truth {
  readonly verdict: Verdict;
  readonly published: PublishedLog;
  readonly table: Table;
}

type Message<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

const requestSchema = v.object({
  type: v.string(),
  id: v.number(),
  epoch: v.optional(v.string()),
});

/** A snapshot of another epoch, up to its last part: until then a client keeps to the epoch that it has. */
interface Staged {
  readonly epoch: string;
  readonly known: Map<QuoteKey, Version>;
}

/** What a v1 client has been sent within one epoch, over all of its connections. */
export class ClientWatch {
  readonly name: string;
  readonly truth: Truth;
  /** The newest that was sent of each symbol and source. */
  known = new Map<QuoteKey, Version>();
  epoch = "";
  /** A client keeps to it when the snapshot that followed was empty: that server may not have read its table. */
  #before: Staged = { epoch: "", known: new Map() };

  constructor(name: string, truth: Truth) {
    this.name = name;
    this.truth = truth;
  }

  /** All of a new epoch is there, and takes the place of what was known. */
  begin({ epoch, known }: Staged): void {
    this.#before = { epoch: this.epoch, known: this.known };
    this.epoch = epoch;
    this.known = known;
  }

  /** The client goes on in this epoch, where the server knows it. */
  resume(epoch: string | undefined): void {
    if (epoch === this.#before.epoch && this.known.size === 0) this.begin(this.#before);
  }

  /** It was told that it no longer wants some. */
  retain(wants: (key: QuoteKey) => boolean): void {
    for (const known of [this.known, this.#before.known]) dropUnwanted(known, wants);
  }
}

/**
 * Reads along on one v1 connection and holds the server to what its positions promise: that they never
 * go back, that the client has everything up to them, and that what it was not sent was counted.
 */
export class ConnectionWatch {
  readonly #client: ClientWatch;
  readonly #ledger: WorkerLedger;
  readonly #requests = new Map<number, string>();
  /** The newest on this connection: here nothing may go back, not even within a second. */
  readonly #sent = new Map<QuoteKey, Version>();
  #staged: Staged | undefined;
  #subscription: WireSubscription | undefined;
  /** Whether positions count: the last snapshot is complete. */
  #covered = false;
  /** The epoch that the client wants to resume in. */
  #resumeEpoch: string | undefined;
  /** Whether the server answered that with a snapshot, for which only another epoch is a reason. */
  #startsOver = false;
  #seq = 0;
  /** Snapshots and resumptions; before the first, positions are of an epoch that nobody named. */
  #snapshots = 0;
  /** Snapshots that were due before one was complete: by a subscription, or because an epoch began meanwhile. */
  #firstDue = 0;
  /** Whether the next update tells of quotes from a position that nobody named: of a snapshot that was replaced. */
  #countsFromUpdate = false;
  /**
   * From which position on quotes are counted, how many have been accounted for, and whether some are
   * told of with the next update, because a snapshot made them needless.
   */
  #account: { readonly fromSeq: number; quotes: number; isOpen: boolean } | undefined;

  constructor(client: ClientWatch, ledger: WorkerLedger) {
    this.#client = client;
    this.#ledger = ledger;
  }

  asked(frame: string): void {
    const { id, type, epoch } = v.parse(requestSchema, JSON.parse(frame));
    this.#requests.set(id, type);
    this.#resumeEpoch = epoch ?? this.#resumeEpoch;
    this.#note(`asks ${frame}`);
  }

  arrived(frame: string): void {
    // The client itself refuses what is malformed.
    const message: ServerMessage = JSON.parse(frame);
    this.#note(`gets ${summary(message)}`);
    switch (message.type) {
      case "ack":
        return this.#acknowledged(message);
      case "snapshot":
        return this.#snapshot(message);
      case "resumed":
        return this.#resumed(message);
      case "update":
        for (const { symbol, source } of message.quotes) {
          if (this.#wants(quoteKey(symbol, source))) continue;
          this.#fail(`must be sent what it wants, is sent ${symbol} from ${source}`);
        }
        this.#refuseRepeated(message.quotes);
        this.#take(message.quotes);
        if (this.#account !== undefined) {
          this.#account.quotes += message.quotes.length + (message.conflated ?? 0);
          this.#account.isOpen &&= message.seq === this.#seq;
        }
        if (this.#countsFromUpdate && message.seq > this.#seq) this.#count(message.seq);
        return this.#claim(message.seq);
      case "heartbeat":
        return this.#claim(message.seq);
      case "error":
        return this.#fail(`must not be refused, is: ${message.message}`);
    }
  }

  /** Whether a request of this connection asks for a snapshot. */
  subscribes(id: RequestId): boolean {
    return this.#requests.get(Number(id)) === "subscribe";
  }

  #acknowledged({ id, subscription }: Message<"ack">): void {
    this.#subscription = subscription;
    // Until the snapshot is complete, positions promise nothing for what is new.
    if (this.subscribes(id)) this.#covered = false;
    if (this.subscribes(id) && this.#snapshots === 0) this.#firstDue += 1;
    const wants = (key: QuoteKey) => this.#wants(key);
    this.#client.retain(wants);
    if (this.#staged !== undefined) dropUnwanted(this.#staged.known, wants);
  }

  #snapshot(message: Message<"snapshot">): void {
    if (this.#startsOver && message.epoch === this.#resumeEpoch) {
      this.#fail(`must resume within its epoch, starts over at ${message.seq}`);
    }
    this.#startsOver = false;
    const asked = this.#subscription?.history ?? 0;
    const most = Math.max(0, ...message.quotes.map(({ history }) => history?.length ?? 0));
    if (most > asked) this.#fail(`must be sent ${asked} past prices at most, is sent ${most}`);
    const { epoch } = message;
    if (epoch !== this.#client.epoch && epoch !== this.#staged?.epoch) {
      if (this.#snapshots === 0 && this.#staged !== undefined) this.#firstDue += 1;
      this.#staged = { epoch, known: new Map() };
      this.#sent.clear();
      this.#seq = 0;
      this.#account = undefined;
      this.#countsFromUpdate = false;
    }
    this.#take(message.quotes);
    if (!message.complete) return;
    if (this.#staged !== undefined) this.#client.begin(this.#staged);
    this.#staged = undefined;
    this.#snapshots += 1;
    this.#covered = true;
    const countable = this.#snapshots === 1 && this.#subscription?.symbols === "*" &&
      this.#subscription.sources === "*";
    if (countable && this.#firstDue > 1) this.#countsFromUpdate = true;
    else if (countable) this.#count(message.seq);
    else if (this.#account !== undefined) this.#account.isOpen = true;
    this.#claim(message.seq);
  }

  #resumed({ from, kind }: Message<"resumed">): void {
    // What it missed while it was away is not counted.
    this.#snapshots += 1;
    this.#startsOver = kind === "snapshot";
    if (this.#startsOver) return;
    this.#client.resume(this.#resumeEpoch);
    this.#covered = true;
    this.#seq = from;
  }

  #count(fromSeq: number): void {
    this.#account = { fromSeq, quotes: 0, isOpen: false };
    this.#countsFromUpdate = false;
  }

  /** Updates MUST NOT repeat what the client was sent at the position that it was told last, or before. */
  #refuseRepeated(quotes: readonly WireQuote[]): void {
    if (!this.#covered || this.#staged !== undefined) return;
    const { epoch, truth } = this.#client;
    const covered = new Map(truth.published.newestAt(epoch, this.#seq));
    for (const quote of quotes) {
      const key = quoteKey(quote.symbol, quote.source);
      const sent = sentQuote(quote, truth.table);
      const id = sent.ok ? sent.row.id : undefined;
      if (covered.get(key)?.id === id && this.#sent.get(key)?.id === id) {
        this.#fail(`must be sent row ${id} once, is sent it again after ${this.#seq}`);
      }
    }
  }

  #take(quotes: readonly WireQuote[]): void {
    const { known } = this.#staged ?? this.#client;
    for (const quote of quotes) {
      const key = quoteKey(quote.symbol, quote.source);
      const sent = sentQuote(quote, this.#client.truth.table);
      if (!sent.ok) {
        this.#fail(sent.fault);
        continue;
      }
      const { row } = sent;
      const before = this.#sent.get(key);
      if (before !== undefined && isNewer(before, row)) {
        this.#fail(`must not see ${quote.symbol} go back from row ${before.id} to ${row.id}`);
      }
      this.#sent.set(key, row);
      if (lacks(known.get(key), row)) known.set(key, row);
    }
  }

  /** "You have been sent everything you subscribed to, up to here." */
  #claim(seq: number): void {
    if (this.#snapshots === 0) return;
    if (seq < this.#seq) this.#fail(`must not see seq go back from ${this.#seq} to ${seq}`);
    const isMoved = seq > this.#seq;
    this.#seq = seq;
    if (!this.#covered) return;
    // Once another epoch has begun, positions are of that.
    const { epoch, known } = this.#staged ?? this.#client;
    for (const [key, version] of this.#client.truth.published.newestAt(epoch, seq)) {
      if (this.#wants(key) && lacks(known.get(key), version)) {
        this.#fail(`is told to have everything up to ${seq}, and lacks row ${version.id}`);
      }
    }
    if (this.#account === undefined || this.#account.isOpen) return;
    const { fromSeq, quotes } = this.#account;
    const due = this.#ledger.between(epoch, fromSeq, seq);
    // What is sent in several updates belongs to the position that the last of them moves to.
    if (isMoved ? quotes !== due : quotes < due) {
      this.#fail(
        `must be sent or told of ${due} quotes from ${fromSeq} to ${seq}, is of ${quotes}`,
      );
    }
  }

  #wants(key: QuoteKey): boolean {
    const [symbol = "", source = ""] = key.split("\0");
    const subscription = this.#subscription;
    return subscription !== undefined && includes(subscription.symbols, symbol) &&
      includes(subscription.sources, source);
  }

  #note(text: string): void {
    this.#client.truth.verdict.note(`${this.#client.name} ${text}`);
  }

  #fail(text: string): void {
    this.#client.truth.verdict.fail(`${this.#client.name} ${text}`);
  }
}

function dropUnwanted(known: Map<QuoteKey, Version>, wants: (key: QuoteKey) => boolean): void {
  for (const key of known.keys()) {
    if (!wants(key)) known.delete(key);
  }
}

function includes(names: readonly string[] | "*", name: string): boolean {
  return names === "*" || names.includes(name);
}

function summary(message: ServerMessage): string {
  switch (message.type) {
    case "snapshot":
    case "update": {
      const conflated = message.type === "update" ? message.conflated ?? 0 : 0;
      const quotes = message.quotes.map(({ symbol, source, price }) =>
        `${symbol}/${source} ${price}`
      );
      return `${message.type} ${message.seq}: ${quotes.join(", ")}` +
        (conflated === 0 ? "" : `, ${conflated} conflated`);
    }
    case "heartbeat":
      return `heartbeat ${message.seq} ${message.feed.status}`;
    case "resumed":
      return `resumed ${message.from} to ${message.to} as ${message.kind}`;
    case "ack":
      return `ack ${message.id}`;
    default:
      return message.type;
  }
}
