import { BatchRing } from "../../src/hub/batch_ring.ts";
import {
  asBookCopy,
  asEnvelope,
  type Batch,
  type BatchNotice,
  type BookCopy,
  numbersAt,
} from "../../src/hub/envelope.ts";
import { isNewer, type QuoteKey, quoteKey } from "../../src/price/quote.ts";
import type { Verdict } from "./verdict.ts";

/** Tells which of two rows of a symbol and source is newer. */
export interface Version {
  readonly timestamp: number;
  readonly id: number;
}

interface Change extends Version {
  readonly seq: number;
}

/** What one run of the publisher sent. */
class EpochLog {
  /** The first copy of the book shows where the batches are. */
  #memory: SharedArrayBuffer | undefined;
  #unread: BatchNotice[] = [];
  /** Symbols and sources that batches named. */
  #named = 0;
  readonly names: string[] = [];
  readonly changes = new Map<QuoteKey, Change[]>();
  /** Quotes that clients are sent, by the number of the batch. */
  readonly counts = [0];

  notice(notice: BatchNotice): void {
    this.counts.push(notice.delivered);
    this.#named += notice.names.length / 2;
    this.#unread.push(notice);
    this.#read();
  }

  learn({ ring, entries }: BookCopy): void {
    if (this.#memory === undefined) this.#begin(entries.slice(0, entries.length - this.#named));
    this.#memory = ring;
    this.#read();
  }

  /** What no batch named was there from the beginning, which no batch brings. */
  #begin(entries: BookCopy["entries"]): void {
    for (const { symbol, source, quote: { timestamp, id }, seq } of entries) {
      this.names.push(symbol, source);
      // What has changed since is known no more.
      if (seq === 0) this.changes.set(quoteKey(symbol, source), [{ seq, timestamp, id }]);
    }
  }

  /** As if so much had been written that nothing is left of what nobody has read yet. */
  overwrite(): void {
    if (this.#memory === undefined) return;
    Atomics.exchange(new BigInt64Array(this.#memory, 0, 1), 0, BigInt(Number.MAX_SAFE_INTEGER));
  }

  #read(): void {
    if (this.#memory === undefined) return;
    const ring = new BatchRing(this.#memory);
    for (const notice of this.#unread) {
      // They say whose the numbers of later batches are, whatever has become of this one.
      this.names.push(...notice.names);
      const batch = ring.read(notice);
      if (batch !== undefined) this.#take(batch);
    }
    this.#unread = [];
  }

  #take(batch: Batch): void {
    batch.numbers.forEach((number, index) => {
      const { timestamp, id } = numbersAt(batch, index);
      const key = quoteKey(this.names[number * 2] ?? "", this.names[number * 2 + 1] ?? "");
      const changes = this.changes.get(key) ?? [];
      changes.push({ seq: batch.seq, timestamp, id });
      this.changes.set(key, changes);
    });
  }
}

/** Every batch that was sent, from which follows what a position promises. */
export class PublishedLog {
  readonly #verdict: Verdict;
  readonly #epochs = new Map<string, EpochLog>();

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  /** Sees what isolates send to each other. */
  observe(data: unknown): void {
    const copy = asBookCopy(data);
    if (copy !== undefined) return this.#of(copy.epoch).learn(copy);
    const envelope = asEnvelope(data);
    if (envelope?.kind !== "batch") return;
    const { epoch, seq, accepted } = envelope;
    const log = this.#of(epoch);
    this.#verdict.note(`publisher sends batch ${seq} of ${accepted}`);
    if (seq !== log.counts.length) {
      this.#verdict.fail(`the publisher must send batch ${log.counts.length}, sends ${seq}`);
    }
    log.notice(envelope);
  }

  /** Batches that a worker has heard of and not read yet are gone. */
  overwrite(): void {
    for (const log of this.#epochs.values()) log.overwrite();
  }

  #of(epoch: string): EpochLog {
    const log = this.#epochs.get(epoch) ?? new EpochLog();
    this.#epochs.set(epoch, log);
    return log;
  }

  /** How many quotes clients are sent with one batch. */
  count(epoch: string, seq: number): number {
    return this.#epochs.get(epoch)?.counts[seq] ?? 0;
  }

  /** The newest of each symbol and source up to a position. */
  *newestAt(epoch: string, seq: number): Generator<[QuoteKey, Version]> {
    for (const [key, changes] of this.#epochs.get(epoch)?.changes ?? []) {
      const newest = changes.findLast((change) => change.seq <= seq);
      if (newest !== undefined) yield [key, newest];
    }
  }
}

/** Whether somebody who has `known` lacks `wanted`. */
export function lacks(known: Version | undefined, wanted: Version): boolean {
  return known === undefined || isNewer(wanted, known);
}
