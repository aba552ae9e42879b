import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

/** The secret of HS256 in tests. */
export const JWT_SECRET = "0123456789abcdef0123456789abcdef";

/** What a test puts into a token; `exp` is in so many seconds. */
export interface TestClaims extends JWTPayload {
  readonly expiresInS?: number;
  readonly symbols?: unknown;
  readonly rooms?: unknown;
}

/** Signs a token of "ada" for an hour, unless the claims say otherwise. */
export async function signToken(
  claims: TestClaims = {},
  key: CryptoKey | Uint8Array = new TextEncoder().encode(JWT_SECRET),
  header: { alg: string; kid?: string } = { alg: "HS256" },
): Promise<string> {
  const { expiresInS = 3600, ...rest } = claims;
  const exp = Math.floor(Date.now() / 1000) + expiresInS;
  return await new SignJWT({ sub: "ada", exp, ...rest }).setProtectedHeader(header).sign(key);
}

/** Keys of an issuer, and the file with the public ones. */
export interface TestKeys extends AsyncDisposable {
  readonly path: string;
  readonly rs256: CryptoKey;
  readonly es256: CryptoKey;
}

/** Makes an issuer's keys, with the ids "r" and "e". */
export async function makeKeys(): Promise<TestKeys> {
  const rsa = await generateKeyPair("RS256", { extractable: true });
  const ec = await generateKeyPair("ES256", { extractable: true });
  const keys = [
    { ...await exportJWK(rsa.publicKey), kid: "r", alg: "RS256", use: "sig" },
    { ...await exportJWK(ec.publicKey), kid: "e", alg: "ES256", use: "sig" },
  ];
  const path = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(path, JSON.stringify({ keys }));
  return {
    path,
    rs256: rsa.privateKey,
    es256: ec.privateKey,
    [Symbol.asyncDispose]: () => Deno.remove(path),
  };
}
