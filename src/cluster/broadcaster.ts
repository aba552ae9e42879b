import type { Backbone } from "../backbone/backbone.ts";
import type { BackboneMessage } from "../backbone/nats_link.ts";
import { errorText } from "../errors.ts";
import type { HubPublisher } from "../hub/publisher.ts";
import type { Closable } from "../lifecycle.ts";
import { FEW_LINES, LineLimit } from "../line_limit.ts";
import { logger } from "../log.ts";
import type { MetricWriter } from "../metrics.ts";
import type { FeedStatus } from "../price/feed_status.ts";
import {
  decodeBookRequest,
  encodeBookEntry,
  encodeBookPart,
  encodeLeaderMessage,
  FEED_SUBJECTS,
  type LeaderMessage,
} from "./feed_message.ts";

/** Characters of one part of the book; as UTF-8 at most three times as many bytes. */
const PART_CHARACTERS_MAX = 192 * 1024;
const UTF8_BYTES_MAX = 3;
/** Room for what stands around the entries. */
const PART_HEAD_BYTES = 1024;
const ENTRIES_MAX = 50_000;

const log = logger("cluster");

/** What the leader's side needs. */
export interface BroadcasterOptions {
  readonly backbone: Backbone;
  readonly hub: HubPublisher;
  readonly term: number;
  readonly counters: MetricWriter;
}

/**
 * The leader's side: says each batch that this server numbers, and the feed's state, and hands its book to
 * whoever has missed something.
 */
export class Broadcaster implements Closable {
  readonly #options: BroadcasterOptions;
  readonly #desk: Closable;
  readonly #strange = new LineLimit({
    log,
    level: "warn",
    of: "cluster_bad_request",
    ...FEW_LINES,
  });
  #refused = false;

  constructor(options: BroadcasterOptions) {
    this.#options = options;
    const { hub, backbone } = options;
    hub.relayTo((seq, accepted) => {
      const quotes = accepted.map(({ quote }) => quote);
      this.#say({ kind: "batch", ...this.#head(), seq, quotes });
    });
    this.#desk = backbone.subscribe(FEED_SUBJECTS.book, (message) => this.#answer(message));
  }

  /**
   * Says the feed's state. MUST be called at once, when there is something to follow, and at least once a
   * second: the others take silence for an end.
   */
  status(feed: FeedStatus): void {
    const saidAtMs = Math.round(performance.now());
    this.#say({ kind: "status", ...this.#head(), feed, saidAtMs });
  }

  /** Says nothing from here on. */
  close(): void {
    this.#options.hub.relayTo(undefined);
    this.#desk.close();
    this.#strange.close();
  }

  #head(): { readonly term: number; readonly epoch: string; readonly seq: number } {
    const { term, hub } = this.#options;
    return { term, epoch: hub.epoch, seq: hub.seq };
  }

  /** What cannot be said is missed by the others, who then ask for the book. */
  #say(message: LeaderMessage): void {
    const { backbone, counters } = this.#options;
    const payload = encodeLeaderMessage(message);
    const isSaid = backbone.publish(FEED_SUBJECTS.feed, payload);
    if (message.kind === "batch") {
      counters.add(isSaid ? "backbone_batches_sent" : "backbone_batches_unsent", 1);
    }
    if (!isSaid && !this.#refused && backbone.state === "up") {
      log.warn(
        "Cannot say a message of {bytes} bytes: NATS takes {bytesMax}, or does not keep up",
        {
          code: "cluster_unsent",
          bytes: payload.length,
          bytesMax: backbone.messageBytesMax,
        },
      );
    }
    this.#refused = !isSaid;
  }

  #answer({ payload, answer }: BackboneMessage): void {
    const { hub, counters } = this.#options;
    try {
      const { epoch, from } = decodeBookRequest(payload);
      // One that was asked of the leader before, or of one that is gone: somebody else answers, or nobody.
      if (epoch !== hub.epoch) return;
      if (answer(this.#part(from))) counters.add("backbone_parts_sent", 1);
    } catch (error) {
      if (!this.#strange.take()) return;
      log.warn("Request for the book not understood: {reason}", {
        code: "cluster_bad_request",
        reason: errorText(error),
      });
    }
  }

  #part(from: number): Uint8Array {
    const { hub, backbone } = this.#options;
    const bytesMax = backbone.messageBytesMax - PART_HEAD_BYTES;
    const charactersMax = Math.min(PART_CHARACTERS_MAX, bytesMax / UTF8_BYTES_MAX);
    const rows: string[] = [];
    let characters = 0;
    let next = from;
    for (; next < hub.book.size && rows.length < ENTRIES_MAX; next += 1) {
      const entry = hub.book.at(next);
      if (entry === undefined) break;
      const row = encodeBookEntry(entry);
      characters += row.length + 1;
      if (characters > charactersMax && rows.length > 0) break;
      rows.push(row);
    }
    const { epoch, seq } = this.#head();
    return encodeBookPart({ epoch, seq, next: next < hub.book.size ? next : undefined }, rows);
  }
}
