import { importJWK, type JSONWebKeySet, type JWK } from "jose";
import * as v from "valibot";
import { fileFault } from "../config_file.ts";
import { ConfigError, errorText } from "../errors.ts";
import { settingExcerpt } from "../excerpt.ts";

const KEYS_MAX = 100;
const FILE_BYTES_MAX = 1_048_576;
const RSA_BITS_MIN = 2048;
/** Of 32 bytes in base64url. */
const COORDINATE_CHARACTERS = 43;

const shared = {
  kid: v.optional(v.string()),
  use: v.optional(v.literal("sig", "use must be sig")),
  /** The private part: no business of a server that only checks. */
  d: v.optional(v.never("must be a public key, has a private part")),
};
const jwk = v.variant("kty", [
  v.object({
    ...shared,
    kty: v.literal("RSA"),
    alg: v.optional(v.literal("RS256", "alg must be RS256")),
    n: v.pipe(
      v.string(),
      v.check((n) => bitsOf(n) >= RSA_BITS_MIN, "must have 2048 bits at least"),
    ),
    e: v.string(),
  }),
  v.object({
    ...shared,
    kty: v.literal("EC"),
    alg: v.optional(v.literal("ES256", "alg must be ES256")),
    crv: v.literal("P-256", "crv must be P-256"),
    x: v.pipe(v.string(), v.length(COORDINATE_CHARACTERS)),
    y: v.pipe(v.string(), v.length(COORDINATE_CHARACTERS)),
  }),
]);
const keySet = v.object({ keys: v.pipe(v.array(jwk), v.minLength(1), v.maxLength(KEYS_MAX)) });

/**
 * Reads a JSON Web Key Set (RFC 7517) of public keys.
 *
 * @throws {ConfigError} when the file cannot be read, or holds anything but keys for RS256 and ES256
 */
export async function readKeySet(path: string): Promise<JSONWebKeySet> {
  const parsed = v.safeParse(keySet, await readJson(path));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw fault(path, `${v.getDotPath(issue) ?? "the document"}: ${issue.message}`);
  }
  // Valibot leaves out what is not there, but its types cannot say so.
  const keys: JWK[] = JSON.parse(JSON.stringify(parsed.output.keys));
  for (const [index, key] of keys.entries()) {
    try {
      await importJWK(key, key.kty === "RSA" ? "RS256" : "ES256");
    } catch (error) {
      throw fault(path, `keys.${index}: ${errorText(error)}`);
    }
  }
  return { keys };
}

async function readJson(path: string): Promise<unknown> {
  try {
    const { size } = await Deno.stat(path);
    if (size > FILE_BYTES_MAX) throw new RangeError(`has ${size} bytes`);
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    // The parser quotes what it cannot read, which is a secret where the wrong file is named.
    throw fault(path, error instanceof SyntaxError ? "is no JSON" : fileFault(error, path));
  }
}

function fault(path: string, reason: string): ConfigError {
  const rule = "must be a JSON Web Key Set of public keys for RS256 and ES256";
  return new ConfigError([
    `Cannot read AUTH_JWKS_FILE ${settingExcerpt(path)}: ${rule}: ${reason}`,
  ]);
}

/** Of a modulus in base64url without leading zeros. */
function bitsOf(modulus: string): number {
  return Math.floor(modulus.length * 6 / 8) * 8;
}
