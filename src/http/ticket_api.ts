import { Hono } from "hono";
import type { Doorkeeper } from "../auth/doorkeeper.ts";
import { TICKET_LIFETIME_MS } from "../auth/ticket_desk.ts";
import type { Guarded } from "./api_guard.ts";

/**
 * `POST /api/ticket`: something to open one socket with, for browsers, which cannot send headers along.
 * Where authentication is off, 204 says that none is needed.
 */
export function ticketApi(doorkeeper: Doorkeeper): Hono<Guarded> {
  const api = new Hono<Guarded>();
  api.post("/ticket", async (c) => {
    if (!doorkeeper.asks) return c.body(null, 204);
    const grant = c.get("grant");
    const ticket = await doorkeeper.issueTicket(grant);
    if (ticket !== undefined) {
      const { subject, expiresAtMs } = grant;
      const tokenExpiresInMs = expiresAtMs === undefined ? undefined : expiresAtMs - Date.now();
      return c.json({
        ticket,
        expires_in_ms: TICKET_LIFETIME_MS,
        subject,
        token_expires_in_ms: tokenExpiresInMs,
      });
    }
    const message = "Cannot issue a ticket: too many are not used yet; try again in 30 s";
    return c.json({ error: "too_many_tickets", message }, 503, { "retry-after": "30" });
  });
  return api;
}
