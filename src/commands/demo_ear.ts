import { Bell } from "../bell.ts";

/** What a demonstration shows its reader. */
export interface Transcript {
  /** One line: who does or hears what. */
  tell(who: string, what: string): void;
  /** Aborts when the demonstration is to stop. */
  readonly signal: AbortSignal;
}

const DEADLINE_MS = 20_000;
/** Of what was heard instead, in the message of a failure. */
const HEARD_LINES_MAX = 10;

/** Everything that one client of a demonstration hears, as lines, and the waits for what it should hear. */
export class DemoEar {
  readonly name: string;
  readonly #transcript: Transcript;
  readonly #heard: string[] = [];
  /** What nobody has waited for yet. */
  readonly #fresh: string[] = [];
  readonly #bell = new Bell();

  constructor(name: string, transcript: Transcript) {
    this.name = name;
    this.#transcript = transcript;
  }

  /** Takes a line in. */
  hear(line: string): void {
    this.#heard.push(line);
    this.#fresh.push(line);
    this.#bell.ring();
  }

  /** Makes waits look at their condition again. */
  ring(): void {
    this.#bell.ring();
  }

  /**
   * Waits for a line, tells of it and returns it; each line is waited for once.
   *
   * @throws {Error} when it does not come in time
   */
  async hears(expected: string | RegExp, deadlineMs: number = DEADLINE_MS): Promise<string> {
    const find = () =>
      this.#fresh.findIndex((line) =>
        typeof expected === "string" ? line === expected : expected.test(line)
      );
    await this.until(`hear ${expected}`, () => find() >= 0, deadlineMs);
    const [line = ""] = this.#fresh.splice(find(), 1);
    this.tell(`hears    ${line}`);
    return line;
  }

  /** How often a line was heard. */
  count(expected: string): number {
    return this.#heard.filter((line) => line === expected).length;
  }

  /**
   * Waits for a condition.
   *
   * @param action what this client has to do for it: "be in the room"
   * @throws {Error} when it is not met in time
   */
  async until(
    action: string,
    condition: () => boolean,
    deadlineMs: number = DEADLINE_MS,
  ): Promise<void> {
    const { signal } = this.#transcript;
    const late = AbortSignal.timeout(deadlineMs);
    const either = AbortSignal.any([signal, late]);
    while (!condition()) {
      signal.throwIfAborted();
      if (late.aborted) {
        const heard = this.#fresh.slice(-HEARD_LINES_MAX).map((line) => JSON.stringify(line));
        throw new Error(
          `${this.name} must ${action} within ${deadlineMs / 1000} s, has heard ${
            heard.join(", ") || "nothing"
          }`,
        );
      }
      await this.#bell.wait(either);
    }
  }

  /** Tells what this client does. */
  tell(what: string): void {
    this.#transcript.tell(this.name, what);
  }
}

/** @throws {Error} with the sentence when a fact that the transcript is about to state does not hold */
export function ensure(isTrue: boolean, sentence: string): void {
  if (!isTrue) throw new Error(sentence);
}
