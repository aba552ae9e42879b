import { asEnvelope, type Batch, numbersAt } from "../../src/hub/envelope.ts";
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
  readonly names: string[] = [];
  readonly changes = new Map<QuoteKey, Change[]>();
  /** Quotes that clients are sent, by the number of the batch. */
  readonly counts = [0];

  take(batch: Batch): void {
    this.names.push(...batch.names);
    this.counts.push(batch.encoded.ends.length);
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

  /** Sees what is posted on the hub's channel. */
  observe(data: unknown): void {
    const envelope = asEnvelope(data);
    if (envelope?.kind !== "batch") return;
    const log = this.#epochs.get(envelope.epoch) ?? new EpochLog();
    this.#epochs.set(envelope.epoch, log);
    const { seq } = envelope;
    this.#verdict.note(`publisher sends batch ${seq} of ${envelope.numbers.length}`);
    if (seq !== log.counts.length) {
      this.#verdict.fail(`the publisher must send batch ${log.counts.length}, sends ${seq}`);
    }
    log.take(envelope);
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
