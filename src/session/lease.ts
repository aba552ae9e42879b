import * as v from "valibot";
import { TOKEN_CHARACTERS_MAX } from "../auth/carriers.ts";
import { EVERYTHING, type Grant, hasEnded, sameRights, type Verdict } from "../auth/grant.ts";
import { errorText } from "../errors.ts";
import { FEW_LINES, LineLimit } from "../line_limit.ts";
import { logger } from "../log.ts";
import type { ErrorCode } from "./error_codes.ts";
import { type AuthReply, authRequestSchema, type AuthTerms, type RequestId } from "./protocol.ts";
import { RateLimit } from "./rate_limit.ts";

/** Tells whom a token stands for. */
export type VerifyToken = (token: string) => Promise<Verdict>;

/** An `auth` message of a client, or one that wants to be one. */
export type AuthMessage =
  | { readonly ok: true; readonly id: RequestId | undefined; readonly token: string }
  | { readonly ok: false; readonly id: RequestId | undefined };

/** Characters of the longest `auth` message that can be of use. */
export const AUTH_CHARACTERS_MAX = TOKEN_CHARACTERS_MAX + 512;
const AUTH_REGEXP = /"type"\s*:\s*"auth"/;
/** JSON may spell any letter by its number: what holds one of these is only known when it is read. */
const NUMBERED_LETTER_REGEXP = /\\u00[67]/;
const RENEWALS = { perSecondMax: 0.2, burstMax: 5 };

const withTypeSchema = v.object({ type: v.literal("auth") });
const withIdSchema = v.pick(authRequestSchema, ["id"]);

const log = logger("session");
/** Of all leases of this isolate: one alone does not ask often. */
const faults = new LineLimit({
  log,
  level: "error",
  of: "session_renewal_failed",
  ...FEW_LINES,
});

/**
 * Reads an `auth` message; undefined for anything else. A text that comes near to one is never handed
 * on, because whoever answers it might quote the token, and an echo or a relay would repeat it: so it is read
 * however long it is. The caller MUST have a limit to that.
 */
export function readAuthMessage(data: unknown): AuthMessage | undefined {
  if (typeof data !== "string") return undefined;
  const isNear = AUTH_REGEXP.test(data);
  if (!isNear && !NUMBERED_LETTER_REGEXP.test(data)) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return isNear ? { ok: false, id: undefined } : undefined;
  }
  // The words stand somewhere inside another message.
  if (!v.safeParse(withTypeSchema, json).success) return undefined;
  const parsed = v.safeParse(authRequestSchema, json);
  if (parsed.success) return { ok: true, id: parsed.output.id, token: parsed.output.token };
  const withId = v.safeParse(withIdSchema, json);
  return { ok: false, id: withId.success ? withId.output.id : undefined };
}

/** For whom a session speaks, what they may do, and until when. A renewal changes nothing but the end. */
export class Lease {
  readonly #verify: VerifyToken | undefined;
  /** Most sessions end without a renewal. */
  #rate: RateLimit | undefined;
  #grant: Grant;

  /** @param verify left out where authentication is off: then there is nothing to renew */
  constructor(grant: Grant, verify?: VerifyToken) {
    this.#grant = grant;
    this.#verify = verify;
  }

  /** Where authentication is off: everything, for ever. */
  static readonly open: Lease = new Lease(EVERYTHING);

  get grant(): Grant {
    return this.#grant;
  }

  /** Whether authentication is on. */
  get asks(): boolean {
    return this.#verify !== undefined;
  }

  /** What `hello` says of it; undefined where authentication is off. */
  get terms(): AuthTerms | undefined {
    return this.asks ? this.#terms() : undefined;
  }

  /** Whether it has ended. @param nowMs since the unix epoch */
  ended(nowMs: number): boolean {
    return hasEnded(this.#grant, nowMs);
  }

  /**
   * Renews the lease, and returns the answer to the client; never rejects. What is refused leaves the
   * lease as it was.
   */
  async renew(message: AuthMessage): Promise<AuthReply> {
    const { id } = message;
    if (!message.ok) {
      return refusal(id, "invalid_message", "Cannot authenticate: must have a token of text");
    }
    // Nothing was asked for, and nothing is gained.
    if (this.#verify === undefined) return this.#accepted(id);
    this.#rate ??= new RateLimit(RENEWALS);
    if (!this.#rate.take(performance.now())) {
      const rule = `must be ${RENEWALS.burstMax} at once and one in 5 s at most`;
      return refusal(id, "rate_limited", `Cannot authenticate: ${rule}`);
    }
    try {
      const verdict = await this.#verify(message.token);
      if (!verdict.ok) {
        return refusal(id, "unauthenticated", `Cannot authenticate: ${verdict.fault}`);
      }
      if (!sameRights(verdict.grant, this.#grant)) {
        const rule = "must have the same subject, symbols and rooms; connect anew for others";
        return refusal(id, "forbidden", `Cannot renew: the token ${rule}`);
      }
      this.#grant = verdict.grant;
      return this.#accepted(id);
    } catch (error) {
      if (faults.take()) {
        log.error("Renewal failed: {reason}", {
          code: "session_renewal_failed",
          reason: errorText(error),
        });
      }
      return refusal(id, "unauthenticated", "Cannot authenticate: the server failed; try again");
    }
  }

  #accepted(id: RequestId | undefined): AuthReply {
    return { type: "auth", ...(id === undefined ? {} : { id }), ...this.#terms() };
  }

  #terms(): AuthTerms {
    const { subject, expiresAtMs } = this.#grant;
    if (expiresAtMs === undefined) return { subject };
    return { subject, expires_in_ms: Math.max(expiresAtMs - Date.now(), 0) };
  }
}

function refusal(id: RequestId | undefined, code: ErrorCode, message: string): AuthReply {
  return { type: "error", ...(id === undefined ? {} : { id }), code, message };
}
