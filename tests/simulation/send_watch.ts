import { CLOSE_CODES } from "../../src/session/close_codes.ts";
import type { EventLoop } from "./event_loop.ts";
import type { Plan } from "./plan.ts";
import type { Verdict } from "./verdict.ts";

/**
 * How long after new prices could last get here a client may still be told that the feed is live: a
 * pulse, its deadline, the hub's silence and a heartbeat.
 */
const LIVE_MS_MAX = 5000;
const OLD_NEWS_MS_MAX = 1500;
/** Times are rounded on their way. */
const AGE_ROUNDED_MS = 5;
/** What says how old prices are, and not that there are none. */
const AGE_REGEXP = /^{"type":"heartbeat".*"status":"(?:live|delayed)".*"age_ms":(\d+)/;
/** Bytes of the price feed that a socket may hold beyond its mark: one frame's. */
const UNASKED_REGEXP = /^{"type":"(?:update|snapshot|heartbeat)"/;

/** Watches what the server hands to its sockets: how much waits there, and what is said of the feed. */
export class SendWatch {
  readonly #loop: EventLoop;
  readonly #verdict: Verdict;
  readonly #passableAtMs: () => number;
  /** Whether nobody sets the clock by which messages between isolates are timed. */
  readonly #hasTrueClock: boolean;
  readonly sendBufferBytesMax: number;
  /** Who was told last that the feed is live. */
  readonly #live = new Map<string, boolean>();

  /** @param passableAtMs when the way from the table to the hub was last open */
  constructor(
    loop: EventLoop,
    verdict: Verdict,
    passableAtMs: () => number,
    { deeds, sendBufferBytesMax }: Plan,
  ) {
    this.#loop = loop;
    this.#verdict = verdict;
    this.#passableAtMs = passableAtMs;
    this.#hasTrueClock = deeds.every(({ deed }) => deed.kind !== "clock_set");
    this.sendBufferBytesMax = sendBufferBytesMax;
  }

  /**
   * @param bytes what the frame of the text has
   * @param queuedBytes what waits already
   */
  sending(client: string, text: string, bytes: number, queuedBytes: number): void {
    const mark = this.sendBufferBytesMax;
    if (queuedBytes > 2 * mark || (queuedBytes >= mark && UNASKED_REGEXP.test(text))) {
      this.#verdict.fail(
        `${client} must be sent no more above ${mark} bytes, is with ${queuedBytes} waiting`,
      );
    }
    const age = this.#hasTrueClock ? AGE_REGEXP.exec(text)?.[1] : undefined;
    if (age !== undefined) this.#aged(client, Number(age));
    if (text.startsWith('{"type":"heartbeat"')) {
      // Who has no room for another one cannot be told of anything that happens next.
      const hasRoom = queuedBytes + bytes < mark;
      this.#told(client, hasRoom && text.includes('"status":"live"'));
    }
  }

  #aged(client: string, ageMs: number): void {
    if (ageMs >= this.#awayMs - AGE_ROUNDED_MS) return;
    this.#verdict.fail(
      `${client} must hear how old prices are, hears of ${ageMs} ms, ${this.#awayMs} ms after they could last come`,
    );
  }

  /** Somebody who comes back may hear old news, but not for long. */
  #told(client: string, live: boolean): void {
    this.#live.set(client, live);
    if (!live || this.#awayMs <= LIVE_MS_MAX) return;
    this.#loop.schedule(this.#loop.world, OLD_NEWS_MS_MAX, () => {
      if (this.#live.get(client) !== true || this.#awayMs <= LIVE_MS_MAX) return;
      this.#verdict.fail(
        `${client} must hear of trouble, hears "live" ${this.#awayMs} ms after prices could last come`,
      );
    });
  }

  get #awayMs(): number {
    return this.#loop.nowMs - this.#passableAtMs();
  }

  /** A classic client gets one frame for each quote: the mark may be passed by all of one moment. */
  sendingClassic(client: string, queuedBytes: number): void {
    const mark = 2 * this.sendBufferBytesMax;
    if (queuedBytes > mark) {
      this.#verdict.fail(`${client} must have at most ${mark} bytes waiting, has ${queuedBytes}`);
    }
  }

  closing(client: string, code: number): void {
    this.#verdict.note(`${client} is closed with ${code}`);
    const { goingAway, noSubscription, tooSlow } = CLOSE_CODES;
    // A subscription may be lost with the connection.
    const expected: number[] = [goingAway.code, noSubscription.code, tooSlow.code];
    if (!expected.includes(code)) {
      this.#verdict.fail(`${client} must not be closed with ${code}`);
    }
  }
}
