import type { BookChange } from "../../src/hub/replica.ts";
import type { PublishedLog } from "./published_log.ts";
import type { Verdict } from "./verdict.ts";

/** How many quotes one worker's book handed to its sessions, by position. */
export class WorkerLedger {
  readonly #verdict: Verdict;
  readonly #published: PublishedLog;
  #epoch = "";
  #seq = 0;
  /** Where it was when it was asked last. */
  #stood = 0;
  /** Of each epoch position and sum, both ascending: clients may still hear of the one before. */
  readonly #sums = new Map<string, (readonly [number, number])[]>();

  constructor(verdict: Verdict, published: PublishedLog) {
    this.#verdict = verdict;
    this.#published = published;
  }

  /** Which run of the publisher the worker follows. */
  get epoch(): string {
    return this.#epoch;
  }

  /** The book was replaced. */
  reset(epoch: string, seq: number): void {
    this.#epoch = epoch;
    this.#seq = seq;
    this.#stood = seq;
    this.#sums.set(epoch, []);
  }

  /** The book changed. A single batch has to be handed on whole; what a gap swallowed may be fewer. */
  step(change: BookChange): void {
    const { fromSeq, seq, count } = change;
    if (fromSeq !== this.#seq || seq <= fromSeq) {
      this.#verdict.fail(`the book must go on from ${this.#seq}, goes from ${fromSeq} to ${seq}`);
    }
    let published = 0;
    for (let at = fromSeq + 1; at <= seq; at += 1) {
      published += this.#published.count(this.#epoch, at);
    }
    if (count > published) {
      this.#verdict.fail(`the book must change by at most ${published} quotes, does by ${count}`);
    }
    if (change.encoded !== undefined && count !== published) {
      this.#verdict.fail(`batch ${seq} must bring ${published} quotes, brings ${count}`);
    }
    this.#seq = seq;
    this.#sums.get(this.#epoch)?.push([seq, this.#sumAt(this.#epoch, seq) + count]);
  }

  /** The worker is at this position of its epoch, from which it never goes back. */
  stands(seq: number): void {
    if (seq < this.#stood) {
      this.#verdict.fail(`the book must not go back from ${this.#stood} to ${seq}`);
    }
    this.#stood = seq;
  }

  /** Quotes handed over after the first position of an epoch, up to the second. */
  between(epoch: string, fromSeq: number, seq: number): number {
    return this.#sumAt(epoch, seq) - this.#sumAt(epoch, fromSeq);
  }

  #sumAt(epoch: string, seq: number): number {
    return this.#sums.get(epoch)?.findLast(([at]) => at <= seq)?.[1] ?? 0;
  }
}
