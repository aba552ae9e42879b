import type { MiddlewareHandler } from "hono";
import type { AddressSet } from "../address.ts";
import type { Doorkeeper } from "../auth/doorkeeper.ts";
import type { Grant } from "../auth/grant.ts";
import type { MetricWriter } from "../metrics.ts";
import { clientOf } from "./client_address.ts";
import type { OpenAnswer } from "./open_answers.ts";
import type { Refusals } from "./refusals.ts";
import { CHALLENGE } from "./upgrade.ts";

/** What a guard stands on. */
export interface ApiGuardOptions {
  readonly doorkeeper: Doorkeeper;
  readonly refusals: Refusals;
  readonly counters: MetricWriter;
  /** Proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: AddressSet;
}

/** What a guarded route knows of who asks. */
export interface Guarded {
  Bindings: {
    remoteAddr: Deno.NetAddr;
    /** Settles when the client has the answer, or is gone. */
    completed(): Promise<void>;
  };
  Variables: {
    grant: Grant;
    /** Address of who asks; undefined where addresses do not tell clients apart. */
    asker: string | undefined;
    answer: OpenAnswer;
  };
}

/**
 * Lets those in who prove who they are, and everybody where authentication is off. A wrong token counts as
 * a refusal; having none does not, because pages ask so whether they need one.
 */
export function apiGuard(
  { doorkeeper, refusals, counters, trustedProxies }: ApiGuardOptions,
): MiddlewareHandler<Guarded> {
  return async (c, next) => {
    const client = await doorkeeper.request(c.req.raw);
    if (client.kind === "granted") {
      c.set("grant", client.grant);
      // What one may see must not be kept for another.
      if (doorkeeper.asks) c.header("cache-control", "private, no-store");
      return await next();
    }
    let message = "Cannot authenticate: must have a header Authorization: Bearer TOKEN";
    if (client.kind === "refused") {
      message = client.fault;
      counters.add("auth_failures_http", 1);
      refusals.note("token", message, clientOf(c.req.raw, c.env.remoteAddr, trustedProxies).peer);
    }
    return c.json({ error: "unauthenticated", message }, 401, CHALLENGE);
  };
}
