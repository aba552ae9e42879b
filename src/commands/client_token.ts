import { ConfigError } from "../errors.ts";
import type { EnvLookup } from "../env.ts";

/** What every carrier of a token can hold. */
const TOKEN_REGEXP = /^[A-Za-z0-9._~-]{1,8192}$/;

/**
 * The token that a terminal client shows to the server; undefined where none is set. It is not an
 * argument, because those of a process can be read by everybody on the machine.
 *
 * @throws {ConfigError} when it cannot be one; the fault does not show it
 */
export function readClientToken(env: EnvLookup): string | undefined {
  const token = env("QUOTEWIRE_TOKEN")?.trim();
  if (token === undefined || token === "") return undefined;
  if (TOKEN_REGEXP.test(token)) return token;
  throw new ConfigError([
    "Cannot read QUOTEWIRE_TOKEN: must have 1 to 8192 letters, digits and . _ ~ -, " +
    `is a text of ${token.length} characters`,
  ]);
}
