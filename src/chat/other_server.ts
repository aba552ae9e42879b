import type { Person, ServerWords } from "./server_words.ts";

type RosterPart = Extract<ServerWords, { type: "roster" }>;

const SILENT_TICKS_MAX = 8;
const ASK_PAUSE_TICKS_MAX = 20;

/**
 * What is known of one other server: up to which of its changes its people are known. Its changes are
 * numbered without a gap, so that a lost one shows with the next, or with its next beat.
 */
export class OtherServer {
  readonly id: string;
  /** Of the last change that is known; none before the first roster, and after a gap. */
  #number: number | undefined;
  #parts: { readonly number: number; readonly people: Map<number, readonly Person[]> } | undefined;
  #silentTicks = 0;
  #ticksToAsk = 0;
  #askPauseTicks = 1;

  constructor(id: string) {
    this.id = id;
  }

  /** It has said something. */
  heard(): void {
    this.#silentTicks = 0;
  }

  /**
   * To be called with each beat of our own. Returns whether the server has to be taken for gone: time is counted
   * by what this isolate got round to, so that its own standstill makes nobody disappear.
   */
  tick(): boolean {
    this.#silentTicks += 1;
    this.#ticksToAsk -= 1;
    return this.#silentTicks > SILENT_TICKS_MAX;
  }

  /** Whether to ask it for its roster now: after growing pauses, until it has answered. */
  ask(): boolean {
    if (this.#ticksToAsk > 0) return false;
    this.#ticksToAsk = this.#askPauseTicks;
    this.#askPauseTicks = Math.min(this.#askPauseTicks * 2, ASK_PAUSE_TICKS_MAX);
    return true;
  }

  /** Takes the number of a change; returns whether it is the next, which is to be applied. */
  isNext(number: number): boolean {
    if (this.#number === undefined || number <= this.#number) return false;
    const isNext = number === this.#number + 1;
    this.#number = isNext ? number : undefined;
    return isNext;
  }

  /** Whether everything up to this change is known. */
  knows(number: number): boolean {
    return this.#number !== undefined && this.#number >= number;
  }

  /** Takes a part of a roster; returns the whole with the last one. */
  collect({ number, part, parts, people }: RosterPart): readonly Person[] | undefined {
    if (part >= parts) return undefined;
    if (this.#parts?.number !== number) this.#parts = { number, people: new Map() };
    this.#parts.people.set(part, people);
    if (this.#parts.people.size < parts) return undefined;
    const all = [...this.#parts.people.values()].flat();
    this.#parts = undefined;
    this.#ticksToAsk = 0;
    this.#askPauseTicks = 1;
    // What comes late is older than the changes that are known already.
    if (this.knows(number)) return undefined;
    this.#number = number;
    return all;
  }
}
