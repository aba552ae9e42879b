import { Places } from "../places.ts";

interface Entry<T> {
  readonly value: Promise<T>;
  /** When the next asker needs a new answer; undefined while this one is worked on. */
  untilMs: number | undefined;
}

/** Bounds of shared answers. */
export interface SharedAnswersLimits {
  /** How long an answer counts as new at least. */
  readonly freshMs: number;
  /** It counts for so many times as long as it took, if that is longer: what is dear is asked seldom. */
  readonly costFactor: number;
  readonly entriesMax: number;
  /** Answers that are worked on at the same time. */
  readonly pendingMax: number;
  /** Of these, how many one asker may have asked for. */
  readonly askerPendingMax: number;
}

/**
 * One answer for all who ask the same within a moment: at midnight, and whenever a candle ends, every
 * page asks at once.
 */
export class SharedAnswers<T> {
  readonly #limits: SharedAnswersLimits;
  readonly #nowMs: () => number;
  /** The oldest first. */
  readonly #entries = new Map<string, Entry<T>>();
  readonly #places: Places;

  /** @param nowMs a clock that never goes back */
  constructor(limits: SharedAnswersLimits, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    const { pendingMax, askerPendingMax } = limits;
    this.#places = new Places({ placesMax: pendingMax, holderPlacesMax: askerPendingMax });
  }

  /**
   * The answer that is there, or a new one. A failure is for those who wait for it, and is not kept.
   *
   * @param asker whose place a new answer takes; undefined where askers cannot be told apart
   * @returns undefined when as many are worked on as may be, for all or for this asker
   */
  ask(
    key: string,
    asker: string | undefined,
    answer: () => Promise<T>,
  ): Promise<T> | undefined {
    const known = this.#entries.get(key);
    if (known !== undefined && (known.untilMs ?? Infinity) > this.#nowMs()) return known.value;
    const release = this.#places.take(asker);
    if (release === undefined) return undefined;
    const value = this.#work(key, answer).finally(release);
    const entry: Entry<T> = { value, untilMs: undefined };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [old, { untilMs }] of this.#entries) {
      if (this.#entries.size <= this.#limits.entriesMax) break;
      if (untilMs !== undefined) this.#entries.delete(old);
    }
    return entry.value;
  }

  async #work(key: string, answer: () => Promise<T>): Promise<T> {
    const startMs = this.#nowMs();
    try {
      const value = await answer();
      const endMs = this.#nowMs();
      const { freshMs, costFactor } = this.#limits;
      const entry = this.#entries.get(key);
      if (entry !== undefined) {
        entry.untilMs = endMs + Math.max(freshMs, (endMs - startMs) * costFactor);
      }
      return value;
    } catch (error) {
      this.#entries.delete(key);
      throw error;
    }
  }
}
