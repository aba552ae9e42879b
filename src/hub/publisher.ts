import type { Closable, IsolateLink } from "../lifecycle.ts";
import { Book } from "../price/book.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import type { Quote } from "../price/quote.ts";
import { BatchBuilder } from "./batch_builder.ts";
import { BatchRing } from "./batch_ring.ts";
import type { BookCopy, Envelope } from "./envelope.ts";

/** What a publisher is told. */
export interface PublisherOptions {
  /** Tests in one process choose others. */
  readonly channelName?: string;
}

/** Quotes in one batch; more are split, each part with a number of its own. */
const BATCH_QUOTES_MAX = 5000;

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
  readonly #book = new Book();
  readonly #channel: BroadcastChannel;
  readonly #links = new Set<IsolateLink>();
  readonly #ring = new BatchRing();
  #epoch = crypto.randomUUID();
  #builder = new BatchBuilder(this.#epoch);
  #seq = 0;
  #feed: FeedStatus;

  constructor(mode: FeedStatus["mode"], options: PublisherOptions = {}) {
    this.#channel = new BroadcastChannel(options.channelName ?? HUB_CHANNEL);
    this.#feed = { status: "down", mode, ageMs: 0 };
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
  get book(): Pick<Book, "size" | "entries" | "refused"> {
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
    this.#epoch = crypto.randomUUID();
    this.#builder = new BatchBuilder(this.#epoch, this.#book.entries());
    this.publishStatus(this.#feed);
  }

  /**
   * Sends those of the quotes that are news. Of several quotes of one key in one call, which come oldest
   * first, clients are sent the newest; the others are history.
   */
  publish(quotes: readonly Quote[]): void {
    for (let start = 0; start < quotes.length; start += BATCH_QUOTES_MAX) {
      const part = quotes.slice(start, start + BATCH_QUOTES_MAX);
      const accepted = this.#book.apply(part, this.#seq + 1);
      if (accepted.length === 0) continue;
      this.#seq += 1;
      this.#post(this.#ring.write(this.#builder.build(accepted, this.#seq)));
    }
  }

  /** Sends the feed's state. MUST be called at least once a second: receivers take silence for an outage. */
  publishStatus(feed: FeedStatus): void {
    this.#feed = feed;
    this.#post({ kind: "status", epoch: this.epoch, seq: this.#seq, feed });
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

  #copy(): BookCopy {
    return {
      kind: "book",
      epoch: this.epoch,
      seq: this.#seq,
      entries: this.#book.copy(),
      feed: this.#feed,
      ring: this.#ring.memory,
    };
  }

  #post(envelope: Envelope): void {
    this.#channel.postMessage(envelope);
  }
}
