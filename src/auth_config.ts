import type { EnvReader } from "./env.ts";

/** A token that the operator hands out. */
export interface StaticToken {
  /** Who it stands for; two tokens of one name let one of them be replaced. */
  readonly name: string;
  /** A secret: never logged. */
  readonly token: string;
}

/** How clients prove who they are. */
export interface AuthConfig {
  readonly tokens: readonly StaticToken[];
  /** Key of HS256 signatures. A secret: never logged. */
  readonly jwtSecret: string | undefined;
  /** Path of a JSON Web Key Set with the public keys of RS256 and ES256 signatures. */
  readonly jwksFile: string | undefined;
  /** `iss` that every JWT must have. */
  readonly issuer: string | undefined;
  /** `aud` that every JWT must have, alone or among others. */
  readonly audience: string | undefined;
}

const NAME_REGEXP = /^[A-Za-z0-9._-]{1,64}$/;
/** What every carrier can hold: a subprotocol allows no more. */
const TOKEN_REGEXP = /^[A-Za-z0-9._~-]{16,512}$/;
const TOKENS_MAX = 1000;
/** As long as the digest, as RFC 7518 asks for HS256. */
const SECRET_CHARACTERS_MIN = 32;

/** Reads `AUTH_*`; undefined when authentication is off. No fault shows a secret. */
export function readAuth(env: EnvReader): AuthConfig | undefined {
  const auth: AuthConfig = {
    tokens: readTokens(env),
    jwtSecret: readSecret(env),
    jwksFile: env.text("AUTH_JWKS_FILE"),
    issuer: env.text("AUTH_JWT_ISSUER"),
    audience: env.text("AUTH_JWT_AUDIENCE"),
  };
  const hasKeys = auth.jwtSecret !== undefined || auth.jwksFile !== undefined;
  for (const name of ["AUTH_JWT_ISSUER", "AUTH_JWT_AUDIENCE"]) {
    if (env.text(name) === undefined || hasKeys) continue;
    env.fault(name, "must come with AUTH_JWT_SECRET or AUTH_JWKS_FILE", "alone");
  }
  return hasKeys || auth.tokens.length > 0 ? auth : undefined;
}

function readTokens(env: EnvReader): readonly StaticToken[] {
  const words = env.list("AUTH_TOKENS", []);
  if (env.text("AUTH_TOKENS") !== undefined && words.length === 0) {
    env.fault("AUTH_TOKENS", "must name at least one token", "a list of none");
  }
  if (words.length > TOKENS_MAX) {
    env.fault("AUTH_TOKENS", `must name at most ${TOKENS_MAX} tokens`, `${words.length}`);
  }
  return words.flatMap((word, index) => {
    const colon = word.indexOf(":");
    const name = word.slice(0, Math.max(colon, 0));
    const token = word.slice(colon + 1);
    if (NAME_REGEXP.test(name) && TOKEN_REGEXP.test(token)) return { name, token };
    const rule = "must be NAME:TOKEN pairs separated by commas, each token of 16 to 512 " +
      "letters, digits and . _ ~ -";
    env.fault("AUTH_TOKENS", rule, `otherwise in entry ${index + 1}`);
    return [];
  });
}

function readSecret(env: EnvReader): string | undefined {
  const secret = env.text("AUTH_JWT_SECRET");
  if (secret !== undefined && secret.length < SECRET_CHARACTERS_MIN) {
    const rule = `must have ${SECRET_CHARACTERS_MIN} characters at least`;
    env.fault("AUTH_JWT_SECRET", rule, `a text of ${secret.length}`);
  }
  return secret;
}
