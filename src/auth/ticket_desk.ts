import type { IsolateLink } from "../lifecycle.ts";
import { TICKET_PREFIX } from "./carriers.ts";
import { type Grant, hasEnded } from "./grant.ts";
import type { FromTicketDesk, ToTicketDesk } from "./ticket_messages.ts";

/** How long a ticket can be used. */
export const TICKET_LIFETIME_MS = 30_000;

/** More than any ticket has; what is longer is none, and nobody needs to be asked. */
export const TICKET_CHARACTERS_MAX = 64;

/** Bounds of what one desk keeps. */
export interface TicketLimits {
  readonly ticketsMax: number;
  /** Of one subject, so that nobody can use up everybody's. */
  readonly ticketsPerSubjectMax: number;
}

const LIMITS: TicketLimits = { ticketsMax: 10_000, ticketsPerSubjectMax: 200 };
const TICKET_BYTES = 32;

interface Ticket {
  readonly grant: Grant;
  readonly endsAtMs: number;
}

/**
 * The tickets of all workers: each stands for somebody's grant, can be used for 30 s, and once. It is
 * one desk for all, because the handshake that brings a ticket may come to another worker than the
 * request that fetched it.
 */
export class TicketDesk {
  readonly #limits: TicketLimits;
  readonly #nowMs: () => number;
  /** In the order in which they end. */
  readonly #tickets = new Map<string, Ticket>();
  readonly #bySubject = new Map<string, number>();

  /** @param nowMs a clock that never goes back */
  constructor(limits: TicketLimits = LIMITS, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** A new ticket; undefined when as many as may be are not used yet. */
  issue(grant: Grant): string | undefined {
    this.#forgetEnded();
    const ofSubject = this.#bySubject.get(grant.subject) ?? 0;
    const { ticketsMax, ticketsPerSubjectMax } = this.#limits;
    if (this.#tickets.size >= ticketsMax || ofSubject >= ticketsPerSubjectMax) return undefined;
    const bytes = crypto.getRandomValues(new Uint8Array(TICKET_BYTES));
    const ticket = TICKET_PREFIX + bytes.toBase64({ alphabet: "base64url", omitPadding: true });
    this.#tickets.set(ticket, { grant, endsAtMs: this.#nowMs() + TICKET_LIFETIME_MS });
    this.#bySubject.set(grant.subject, ofSubject + 1);
    return ticket;
  }

  /** Whose it is, the first time; undefined ever after, and for one that never was or has ended, as its token may. */
  redeem(ticket: string): Grant | undefined {
    this.#forgetEnded();
    const found = this.#tickets.get(ticket);
    if (found === undefined) return undefined;
    this.#forget(ticket, found);
    return hasEnded(found.grant, Date.now()) ? undefined : found.grant;
  }

  /** A way for one worker to this desk. */
  openLink(): IsolateLink {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event: MessageEvent<ToTicketDesk>) => {
      port1.postMessage(this.#answer(event.data));
    };
    return { port: port2, close: () => port1.close() };
  }

  #answer(message: ToTicketDesk): FromTicketDesk {
    const { kind, request } = message;
    switch (kind) {
      case "issue":
        return { kind: "issued", request, ticket: this.issue(message.grant) };
      case "redeem":
        return { kind: "redeemed", request, grant: this.redeem(message.ticket) };
    }
  }

  #forgetEnded(): void {
    const nowMs = this.#nowMs();
    for (const [ticket, entry] of this.#tickets) {
      if (entry.endsAtMs > nowMs) return;
      this.#forget(ticket, entry);
    }
  }

  #forget(ticket: string, { grant: { subject } }: Ticket): void {
    this.#tickets.delete(ticket);
    const rest = (this.#bySubject.get(subject) ?? 0) - 1;
    if (rest > 0) this.#bySubject.set(subject, rest);
    else this.#bySubject.delete(subject);
  }
}
