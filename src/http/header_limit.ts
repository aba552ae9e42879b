import type { MiddlewareHandler } from "hono";
import type { Guarded } from "./api_guard.ts";
import type { Refusals } from "./refusals.ts";

/**
 * Characters of all header values of a request together: twice the longest token. Deno takes 64 KB, and
 * answers more with a bare 400 (measured on 2.9.6).
 */
export const HEADER_CHARACTERS_MAX = 16_384;

/** Refuses a request with longer headers than that with 431. MUST come before all that takes a header apart. */
export function headerLimit(refusals: Refusals): MiddlewareHandler<Guarded> {
  return async (c, next) => {
    let characters = 0;
    for (const [, value] of c.req.raw.headers) characters += value.length;
    if (characters <= HEADER_CHARACTERS_MAX) return await next();
    const rule = `all header values together must have at most ${HEADER_CHARACTERS_MAX} characters`;
    const { hostname, port } = c.env.remoteAddr;
    // The connection alone: for whom a proxy asks stands in a header.
    const reason = refusals.note(
      "headers",
      `Cannot serve: ${rule}, have ${characters}`,
      `${hostname}:${port}`,
    );
    return c.text(`${reason}\n`, 431);
  };
}
