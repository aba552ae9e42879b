import {
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from "jose";
import * as v from "valibot";
import { allowed, claimsSchema, type Verdict } from "./grant.ts";

/** What JWTs are held against. At least one of `secret` and `keys` is there. */
export interface JwtSettings {
  /** Key of HS256. */
  readonly secret: string | undefined;
  /** Public keys of RS256 and ES256. */
  readonly keys: JSONWebKeySet | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
}

/** How far the clocks of issuer and server may be apart, in seconds: `exp` and `nbf` are stretched by it. */
export const CLOCK_TOLERANCE_S = 5;

const UNKNOWN = "it must be one of this server's tokens, or a JWT of its issuer";

/** Checks a signature, and the claims where it holds. */
type Check = (token: string) => Promise<JWTPayload>;

/**
 * Reads JWTs (RFC 7519). The algorithm of a token decides with which key it is checked, and each key is
 * for its own algorithms alone: a public key can never serve as the secret of HS256.
 */
export class JwtVerifier {
  readonly #checks = new Map<string, Check>();

  constructor({ secret, keys, issuer, audience }: JwtSettings) {
    const rules = {
      requiredClaims: ["sub", "exp"],
      clockTolerance: CLOCK_TOLERANCE_S,
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    };
    if (secret !== undefined) {
      const key = new TextEncoder().encode(secret);
      const algorithms = ["HS256"];
      this.#checks.set(
        "HS256",
        async (token) => (await jwtVerify(token, key, { ...rules, algorithms })).payload,
      );
    }
    if (keys === undefined) return;
    const keyOf = createLocalJWKSet(keys);
    for (const algorithm of ["RS256", "ES256"]) {
      const options = { ...rules, algorithms: [algorithm] };
      this.#checks.set(
        algorithm,
        async (token) => (await jwtVerify(token, keyOf, options)).payload,
      );
    }
  }

  /** What the token's claims allow, if it can be trusted. */
  async verify(token: string): Promise<Verdict> {
    try {
      const check = this.#checks.get(decodeProtectedHeader(token).alg ?? "");
      if (check === undefined) {
        const algorithms = [...this.#checks.keys()].join(", ");
        return { ok: false, fault: `its algorithm must be one of ${algorithms} here` };
      }
      return readClaims(await check(token));
    } catch (error) {
      if (error instanceof errors.JOSEError) return { ok: false, fault: faultOf(error) };
      // `decodeProtectedHeader` throws a TypeError for what is no JWT at all.
      if (error instanceof TypeError) return { ok: false, fault: UNKNOWN };
      throw error;
    }
  }
}

function readClaims(payload: JWTPayload): Verdict {
  const claims = v.safeParse(claimsSchema, payload);
  if (!claims.success) {
    const path = v.getDotPath(claims.issues[0]) ?? "";
    return { ok: false, fault: `its claim ${path.split(".")[0]} must be as docs/protocol.md says` };
  }
  const { sub, exp, symbols, rooms } = claims.output;
  return {
    ok: true,
    grant: {
      subject: sub,
      // As long as the token would be taken, so is it honoured.
      expiresAtMs: (exp + CLOCK_TOLERANCE_S) * 1000,
      symbols: allowed(symbols),
      rooms: allowed(rooms),
    },
  };
}

/** In words of ours: those of the library may change, and must not quote what was sent. */
function faultOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return "it must not have expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    if (reason === "missing") return `it must have the claim ${claim}`;
    if (claim === "nbf") return "it must not be shown before its nbf";
    return `its claim ${claim} must be the one that this server was set up with`;
  }
  const isForeign = error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey;
  return isForeign ? "its signature must be by a key that this server knows" : UNKNOWN;
}
