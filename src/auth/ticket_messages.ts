import type { Grant } from "./grant.ts";

/** From a worker to the ticket desk. */
export type ToTicketDesk =
  | { readonly kind: "issue"; readonly request: number; readonly grant: Grant }
  | { readonly kind: "redeem"; readonly request: number; readonly ticket: string };

/** The answer to one request; undefined when there is no such ticket, or no more room for one. */
export type FromTicketDesk =
  | { readonly kind: "issued"; readonly request: number; readonly ticket: string | undefined }
  | { readonly kind: "redeemed"; readonly request: number; readonly grant: Grant | undefined };
