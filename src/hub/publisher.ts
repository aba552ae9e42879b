import type { Closable, IsolateLink } from "../lifecycle.ts";
import { type Accepted, Book, type BookEntry } from "../price/book.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import type { Quote } from "../price/quote.ts";
import { BatchBuilder } from "./batch_builder.ts";
import { BatchRing } from "./batch_ring.ts";
import type { BookCopy, Envelope, Said, StatusNotice } from "./envelope.ts";

/** What a publisher is told. */
export interface PublisherOptions {
  /** Tests in one process choose others. */
  readonly channelName?: string;
  /** Quotes in one batch; more are split, each part with a number of its own. @default {5000} */
  readonly batchQuotesMax?: number;
}

/** What another publisher has numbered: its whole book at one position. */
export interface NumberedBook {
  readonly epoch: string;
  readonly seq: number;
  readonly entries: Iterable<BookEntry>;
}

/** Hears of each batch that this publisher numbers itself, after it has been sent. */
export type BatchRelay = (seq: number, accepted: readonly Accepted[]) => void;

const BATCH_QUOTES_MAX = 5000;
/**
 * The number of a quote that another publisher has yet to number. It is later than any position, so that
 * whoever resumes is sent it.
 */
const UNNUMBERED_SEQ = Number.MAX_SAFE_INTEGER;

/** The name of the BroadcastChannel. */
export const HUB_CHANNEL = "quotewire";

/**
 * Numbers the feed's prices and sends them to every isolate of this process.
 *
 * The BroadcastChannel of Deno is one ring of 256 messages for all channels of the process; a receiver
 * that falls further behind loses messages without any sign, and other processes hear nothing at all
 * (read in denoland/deno ext/web/broadcast_channel.rs; measured on 2.9.6). Hence one channel object per
 * isolate, batches instead of single quotes, a number on each, and a port per receiver over which one
 * that sees a gap asks for the whole book.
 */
export class HubPublisher implements Closable {
  readonly #channel: BroadcastChannel;
  readonly #batchQuotesMax: number;
  readonly #links = new Set<IsolateLink>();
  readonly #ring = new BatchRing();
  #book = new Book();
  #epoch: string = crypto.randomUUID();
  #builder = new BatchBuilder(this.#epoch);
  #relay: BatchRelay | undefined;
  #seq = 0;
  /** The feed's state, and when it was told: whoever hears it later hears of that moment. */
  #told: Said<Pick<StatusNotice, "feed">>;

  constructor(mode: FeedStatus["mode"], options: PublisherOptions = {}) {
    this.#channel = new BroadcastChannel(options.channelName ?? HUB_CHANNEL);
    this.#batchQuotesMax = options.batchQuotesMax ?? BATCH_QUOTES_MAX;
    this.#told = { feed: { status: "down", mode, ageMs: 0 }, saidAtMs: Date.now() };
  }

  /** Names what the numbers belong to: receivers and clients that know another one start over. */
  get epoch(): string {
    return this.#epoch;
  }

  /** Number of the newest batch; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** The newest quotes, for whoever shares this isolate. */
  get book(): Pick<Book, "size" | "entries" | "at" | "refused"> {
    return this.#book;
  }

  /**
   * Takes in what was there before the first change, oldest first, and begins a new epoch with it: receivers
   * ask for the whole book, and clients get a snapshot of it. As batches it would be thousands of changes,
   * of past prices too, and none would state the opening price. Once there is a book, it publishes instead.
   */
  begin(quotes: readonly Quote[]): void {
    if (this.#book.size > 0) return this.publish(quotes);
    this.#book.apply(quotes, this.#seq);
    this.#beginEpoch();
  }

  /**
   * Sends those of the quotes that are news. Of several quotes of one key in one call, which come oldest
   * first, clients are sent the newest; the others are history.
   */
  publish(quotes: readonly Quote[]): void {
    for (let start = 0; start < quotes.length; start += this.#batchQuotesMax) {
      const part = quotes.slice(start, start + this.#batchQuotesMax);
      const accepted = this.#book.apply(part, this.#seq + 1);
      if (accepted.length === 0) continue;
      this.#send(accepted, this.#seq + 1);
      this.#relay?.(this.#seq, accepted);
    }
  }

  /** Tells each batch of `publish` to one other, in place of the one so far. */
  relayTo(relay: BatchRelay | undefined): void {
    this.#relay = relay;
  }

  /** Begins a new epoch with the book as it is: what comes after is numbered here. */
  renew(): void {
    this.#book = joined([], this.#book, this.#seq);
    this.#beginEpoch();
  }

  /**
   * Takes over what another publisher has numbered, and its numbers. What it knew nothing of yet is kept,
   * and no price goes back: clients of this process may have been sent it.
   */
  adopt({ epoch, seq, entries }: NumberedBook): void {
    if (epoch === this.#epoch && seq < this.#seq) return;
    if (epoch === this.#epoch) this.#book.merge(entries);
    else this.#book = joined(entries, this.#book, UNNUMBERED_SEQ);
    this.#epoch = epoch;
    this.#seq = seq;
    this.#announce();
  }

  /** Sends the other publisher's next batch under its own number, which MUST follow on the last. */
  follow(seq: number, quotes: readonly Quote[]): void {
    this.#send(this.#book.apply(quotes, seq), seq);
  }

  /** Sends the feed's state. MUST be called at least once a second: receivers take silence for an outage. */
  publishStatus(feed: FeedStatus): void {
    this.#told = { feed, saidAtMs: Date.now() };
    this.#repeatStatus();
  }

  /** Opens a way for one receiver to ask for the whole book. */
  openLink(): IsolateLink {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => port1.postMessage(this.#copy());
    const link: IsolateLink = {
      port: port2,
      close: () => {
        port1.close();
        this.#links.delete(link);
      },
    };
    this.#links.add(link);
    return link;
  }

  close(): void {
    for (const link of this.#links) link.close();
    this.#channel.close();
  }

  #copy(): Said<BookCopy> {
    return {
      kind: "book",
      epoch: this.epoch,
      seq: this.#seq,
      entries: this.#book.copy(),
      ring: this.#ring.memory,
      ...this.#told,
    };
  }

  #beginEpoch(): void {
    this.#epoch = crypto.randomUUID();
    this.#announce();
  }

  /** Lets receivers ask for the whole book. */
  #announce(): void {
    this.#builder = new BatchBuilder(this.#epoch, this.#book.entries());
    this.#repeatStatus();
  }

  #repeatStatus(): void {
    this.#post({ kind: "status", epoch: this.epoch, seq: this.#seq, ...this.#told });
  }

  #send(accepted: readonly Accepted[], seq: number): void {
    this.#seq = seq;
    this.#post(this.#ring.write(this.#builder.build(accepted, seq)));
  }

  #post(envelope: Envelope): void {
    this.#channel.postMessage(envelope);
  }
}

/** A new book of those entries, and of ours where they are newer or were not there, under this number. */
function joined(entries: Iterable<BookEntry>, ours: Book, seq: number): Book {
  const book = new Book({ keysMax: ours.keysMax, historyMax: ours.historyMax });
  book.merge(entries);
  book.merge(renumbered(ours, seq));
  return book;
}

/** One after the other: the histories of a large book are not to be copied all at once. */
function* renumbered(book: Book, seq: number): Generator<BookEntry> {
  for (const { symbol, source, quote, history } of book.entries()) {
    yield { symbol, source, quote, history, seq };
  }
}
