import type { JSONWebKeySet } from "jose";
import type { AuthConfig, StaticToken } from "../auth_config.ts";
import { TOKEN_CHARACTERS_MAX } from "./carriers.ts";
import type { Verdict } from "./grant.ts";
import { JwtVerifier } from "./jwt_verifier.ts";
import { readKeySet } from "./key_set.ts";
import { StaticTokens } from "./static_tokens.ts";

/** What tokens are held against. Can be handed to another isolate. A secret: never logged. */
export interface AuthSettings {
  readonly tokens: readonly StaticToken[];
  readonly jwtSecret: string | undefined;
  readonly keys: JSONWebKeySet | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
}

/** Reads the files that a configuration names. @throws {ConfigError} naming the file that cannot be used */
export async function loadAuth({ jwksFile, ...auth }: AuthConfig): Promise<AuthSettings> {
  return { ...auth, keys: jwksFile === undefined ? undefined : await readKeySet(jwksFile) };
}

/** Tells whom a token stands for: one that the operator handed out, or a JWT. */
export class Authenticator {
  readonly #tokens: StaticTokens;
  readonly #jwt: JwtVerifier | undefined;

  constructor({ tokens, jwtSecret: secret, keys, issuer, audience }: AuthSettings) {
    this.#tokens = new StaticTokens(tokens);
    const hasKeys = secret !== undefined || keys !== undefined;
    this.#jwt = hasKeys ? new JwtVerifier({ secret, keys, issuer, audience }) : undefined;
  }

  /** Never rejects because of what the token is. */
  async verify(token: string): Promise<Verdict> {
    if (token.length > TOKEN_CHARACTERS_MAX) {
      return { ok: false, fault: `it must have at most ${TOKEN_CHARACTERS_MAX} characters` };
    }
    const subject = this.#tokens.nameOf(token);
    if (subject !== undefined) {
      return { ok: true, grant: { subject, expiresAtMs: undefined, symbols: "*", rooms: "*" } };
    }
    return await this.#jwt?.verify(token) ??
      { ok: false, fault: "it must be one of this server's tokens" };
  }
}
