import type { MiddlewareHandler } from "hono";
import { type AddressSet, subscriberOf } from "../address.ts";
import { Places } from "../places.ts";
import type { Guarded } from "./api_guard.ts";
import { excuse } from "./api_query.ts";
import { clientOf } from "./client_address.ts";
import type { Refusals } from "./refusals.ts";

/** Answers of one worker that are under way or unread. */
const LIMITS = { placesMax: 64, holderPlacesMax: 16 };
const LOOK_INTERVAL_MS = 1000;

/** What open answers stand on. */
export interface OpenAnswersOptions {
  readonly refusals: Refusals;
  /** Proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: AddressSet;
  /** Whether clients can be told apart by their addresses. */
  readonly hasAddresses: boolean;
  /** How long a client may take nothing of its answer. */
  readonly slowClientDeadlineMs: number;
}

/**
 * One answer, from its request until the client has taken it or is given up. A client over HTTP/2 may ask a
 * hundred times on one connection and read nothing, and what it does not read waits in memory.
 */
export class OpenAnswer {
  /** Called when the client is given up: what it has not got by then it never gets. */
  onGivenUp: (() => void) | undefined;
  readonly #release: () => void;
  #idleSinceMs: number | undefined;

  /** @param release gives back what it holds of the server; harmless when it is called again */
  constructor(release: () => void) {
    this.#release = release;
  }

  /** There is something to take, or something was taken. */
  goOn(nowMs: number = performance.now()): void {
    this.#idleSinceMs = nowMs;
  }

  /** Gives the client up if it could have taken something for all of this time, and did not. */
  look(nowMs: number, deadlineMs: number): void {
    if (nowMs - (this.#idleSinceMs ?? nowMs) < deadlineMs) return;
    this.end();
    this.onGivenUp?.();
  }

  /** The client has it all, or is gone. */
  end(): void {
    this.#release();
  }
}

/** The open answers of one worker. */
export class OpenAnswers {
  readonly #deadlineMs: number;
  readonly #places = new Places(LIMITS);
  readonly #open = new Set<OpenAnswer>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param deadlineMs how long a client may take nothing of its answer */
  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  /**
   * Begins an answer.
   *
   * @param asker undefined where askers cannot be told apart
   * @returns undefined when as many are open as may be, of all or of this asker
   */
  begin(asker: string | undefined): OpenAnswer | undefined {
    const release = this.#places.take(asker);
    if (release === undefined) return undefined;
    const answer = new OpenAnswer(() => {
      release();
      this.#open.delete(answer);
    });
    this.#open.add(answer);
    this.#timer ??= setInterval(() => this.#look(), LOOK_INTERVAL_MS);
    return answer;
  }

  #look(): void {
    const nowMs = performance.now();
    for (const answer of this.#open) answer.look(nowMs, this.#deadlineMs);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/**
 * Bounds how many answers of the API are open in this worker, and how many of these are one address's; more
 * are refused with 503. MUST come behind the guard, so that nobody without a token takes a place.
 */
export function openAnswers(
  { refusals, trustedProxies, hasAddresses, slowClientDeadlineMs }: OpenAnswersOptions,
): MiddlewareHandler<Guarded> {
  const all = new OpenAnswers(slowClientDeadlineMs);
  return async (c, next) => {
    const { address, peer } = clientOf(c.req.raw, c.env.remoteAddr, trustedProxies);
    const asker = hasAddresses ? subscriberOf(address) : undefined;
    const answer = all.begin(asker);
    if (answer === undefined) {
      refusals.note("open_answers", "Cannot answer: as many answers are open as may be", peer);
      return excuse(c, "busy");
    }
    const end = () => answer.end();
    c.env.completed().then(end, end);
    c.set("asker", asker);
    c.set("answer", answer);
    await next();
    answer.goOn();
  };
}
