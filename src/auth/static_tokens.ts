import { createHash, timingSafeEqual } from "node:crypto";
import type { Buffer } from "node:buffer";
import type { StaticToken } from "../auth_config.ts";

/**
 * The tokens that the operator handed out. Every look-up compares digests with all of them, in the same
 * time whatever is asked, so that a stranger learns nothing from how long the answer takes.
 */
export class StaticTokens {
  readonly #known: readonly { readonly name: string; readonly digest: Buffer }[];

  constructor(tokens: readonly StaticToken[]) {
    this.#known = tokens.map(({ name, token }) => ({ name, digest: digestOf(token) }));
  }

  /** The name under which a token was handed out; undefined for a token that was not. */
  nameOf(token: string): string | undefined {
    const digest = digestOf(token);
    let found: string | undefined;
    for (const known of this.#known) {
      if (timingSafeEqual(known.digest, digest)) found = known.name;
    }
    return found;
  }
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
