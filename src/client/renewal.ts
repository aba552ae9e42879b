import type { AuthTerms } from "../session/protocol.ts";
import type { Clock } from "./clock.ts";
import type { TokenKeeper } from "./token_keeper.ts";

const LEAD_MS_MAX = 60_000;
const LEAD_MS_MIN = 500;
/** Beyond this a timer would strike at once. To renew early does no harm. */
const DELAY_MS_MAX = 2_147_483_647;

/** How long to wait with a renewal: until a minute before the end, or for half of what is left. */
export function delayBeforeMs(leftMs: number): number {
  return Math.min(Math.max(leftMs - LEAD_MS_MAX, leftMs / 2), DELAY_MS_MAX);
}

/**
 * Renews a client's session before its token expires: a minute before, or half of the time that is left.
 * When no token can be had it tries again, each time after half of what is left then.
 */
export class Renewal {
  readonly #tokens: TokenKeeper;
  readonly #clock: Clock;
  readonly #send: (token: string) => void;
  #cancel: () => void = () => {};

  /** @param send shows the server a token */
  constructor(tokens: TokenKeeper, clock: Clock, send: (token: string) => void) {
    this.#tokens = tokens;
    this.#clock = clock;
    this.#send = send;
  }

  /** The server has said for how long the session is good. */
  plan(terms: AuthTerms | undefined): void {
    this.stop();
    if (terms?.expires_in_ms === undefined || !this.#tokens.renews) return;
    this.#planBefore(this.#clock.nowMs() + terms.expires_in_ms);
  }

  /** Harmless when nothing is planned. */
  stop(): void {
    this.#cancel();
    this.#cancel = () => {};
  }

  #planBefore(endsAtMs: number): void {
    const delayMs = delayBeforeMs(endsAtMs - this.#clock.nowMs());
    if (delayMs < LEAD_MS_MIN) return;
    this.#cancel = this.#clock.schedule(() => {
      this.#cancel = this.#tokens.get((answer) => {
        if (answer.ok && answer.token !== undefined) this.#send(answer.token);
        else this.#planBefore(endsAtMs);
      });
    }, delayMs);
  }
}
