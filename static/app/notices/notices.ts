import { type ReadonlySignal, signal } from "@preact/signals";

/** More would cover what the page is for. */
const SHOWN_MAX = 4;

/** How long a notice stays that only tells, in milliseconds: long enough to be read twice. */
export const NOTICE_MS = 12_000;

/** What a notice says. */
export interface NoticeText {
  readonly tone: "plain" | "good" | "alert";
  readonly title: string;
  /** A second line, smaller. */
  readonly detail?: string;
  /** How long it stays by itself; left out, until the user dismisses it. */
  readonly lastsMs?: number;
}

/** Something that the page tells its user, once and politely. */
export interface Notice extends NoticeText {
  readonly id: number;
}

/** What the page tells its user at the moment, oldest first. */
export class Notices {
  readonly #shown = signal<readonly Notice[]>([]);
  #lastId = 0;

  /** At most 4; a further one takes the place of the oldest. */
  get shown(): ReadonlySignal<readonly Notice[]> {
    return this.#shown;
  }

  /** Shows a notice, and has it read to those who cannot see it. */
  show(text: NoticeText): void {
    this.#lastId += 1;
    const notice = { ...text, id: this.#lastId };
    this.#shown.value = [...this.#shown.peek(), notice].slice(-SHOWN_MAX);
    if (text.lastsMs !== undefined) setTimeout(() => this.dismiss(notice.id), text.lastsMs);
  }

  /** Takes a notice away; harmless when it has gone. */
  dismiss(id: number): void {
    this.#shown.value = this.#shown.peek().filter((notice) => notice.id !== id);
  }
}
