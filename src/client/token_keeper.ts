import type { Clock } from "./clock.ts";

/**
 * A token, or a function that gets one: it is asked for each connection, and for each renewal. It may
 * find that none is needed. Its signal is aborted when the token is of no use any more: after 10 s, or
 * when the client is stopped.
 */
export type TokenSource =
  | string
  | ((signal: AbortSignal) => string | undefined | Promise<string | undefined>);

/** A token where one is needed, or why there is none. */
export type TokenAnswer =
  | { readonly ok: true; readonly token: string | undefined }
  | { readonly ok: false; readonly reason: string };

const FETCH_DEADLINE_MS = 10_000;
/** What a subprotocol can hold. Browsers quote one that they refuse, so it must not come to that. */
const TOKEN_REGEXP = /^[A-Za-z0-9._~-]{1,8192}$/;
const TOKEN_RULE = "must have 1 to 8192 letters, digits and . _ ~ -";

/** Whether a text can be carried as a token. */
export function isToken(text: string): boolean {
  return TOKEN_REGEXP.test(text);
}

/** Gets a client's tokens. */
export class TokenKeeper {
  readonly #source: TokenSource | undefined;
  readonly #clock: Clock;

  /** @throws {RangeError} when the token cannot be carried */
  constructor(source: TokenSource | undefined, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
    if (typeof source === "string" && !isToken(source)) {
      throw new RangeError(`Cannot use the token: ${TOKEN_RULE}`);
    }
  }

  /** Whether a fresh token can be had. */
  get renews(): boolean {
    return typeof this.#source === "function";
  }

  /**
   * Gets a token: at once where there is nothing to ask, else within 10 s.
   *
   * @param done called once, unless it is cancelled
   * @returns cancels
   */
  get(done: (answer: TokenAnswer) => void): () => void {
    const source = this.#source;
    if (typeof source !== "function") {
      done({ ok: true, token: source });
      return () => {};
    }
    let isOver = false;
    const giveUp = new AbortController();
    const end = (answer: TokenAnswer) => {
      if (isOver) return;
      isOver = true;
      stopTimer();
      done(answer);
    };
    const stopTimer = this.#clock.schedule(() => {
      giveUp.abort();
      end({ ok: false, reason: `must come within ${FETCH_DEADLINE_MS} ms` });
    }, FETCH_DEADLINE_MS);
    const cancel = () => {
      if (isOver) return;
      isOver = true;
      stopTimer();
      giveUp.abort();
    };
    ask(source, giveUp.signal).then(end);
    return cancel;
  }
}

async function ask(
  source: Exclude<TokenSource, string>,
  signal: AbortSignal,
): Promise<TokenAnswer> {
  try {
    const token = await source(signal);
    const isUsable = token === undefined || isToken(token);
    return isUsable ? { ok: true, token } : { ok: false, reason: TOKEN_RULE };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
