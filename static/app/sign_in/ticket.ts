import * as v from "valibot";

/** What the server says to somebody who wants to open a socket. */
export type TicketAnswer =
  /** It asks for a token, and this is not a good one. */
  | { readonly kind: "refused" }
  /** It does not ask. */
  | { readonly kind: "not_needed" }
  | {
    readonly kind: "issued";
    /** To be shown once. */
    readonly ticket: string;
    readonly subject: string;
    /** Undefined for never. */
    readonly tokenExpiresInMs: number | undefined;
  };

const ANSWER_DEADLINE_MS = 10_000;
const ticketSchema = v.object({
  ticket: v.string(),
  subject: v.string(),
  token_expires_in_ms: v.optional(v.number()),
});

/**
 * Changes a token for a ticket, because a browser cannot send headers along with a socket.
 *
 * @throws {Error} when the server does not answer within 10 s, or otherwise than documented
 */
export async function fetchTicket(token: string | undefined): Promise<TicketAnswer> {
  const answer = await fetch("/api/ticket", {
    method: "POST",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
  });
  if (answer.status === 401) return { kind: "refused" };
  if (answer.status === 204) return { kind: "not_needed" };
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const issued = v.parse(ticketSchema, await answer.json());
  const { ticket, subject, token_expires_in_ms: tokenExpiresInMs } = issued;
  return { kind: "issued", ticket, subject, tokenExpiresInMs };
}
