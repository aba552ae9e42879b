import type { MiddlewareHandler } from "hono";
import type { Doorkeeper } from "../auth/doorkeeper.ts";
import type { Grant } from "../auth/grant.ts";
import { CHALLENGE } from "./upgrade.ts";

/** What a guarded route knows of who asks. */
export interface Guarded {
  Variables: { grant: Grant };
}

/** Lets those in who prove who they are, and everybody where authentication is off. */
export function apiGuard(doorkeeper: Doorkeeper): MiddlewareHandler<Guarded> {
  return async (c, next) => {
    const client = await doorkeeper.request(c.req.raw);
    if (client.kind === "granted") {
      c.set("grant", client.grant);
      // What one may see must not be kept for another.
      if (doorkeeper.asks) c.header("cache-control", "private, no-store");
      return await next();
    }
    const message = client.kind === "refused"
      ? client.fault
      : "Cannot authenticate: must have a header Authorization: Bearer TOKEN";
    return c.json({ error: "unauthenticated", message }, 401, CHALLENGE);
  };
}
