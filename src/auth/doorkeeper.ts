import type { Closable } from "../lifecycle.ts";
import type { Authenticator } from "./authenticator.ts";
import { type Carried, handshakeToken, headerToken, TICKET_PREFIX, urlTicket } from "./carriers.ts";
import { EVERYTHING, type Grant, type Verdict } from "./grant.ts";
import { TICKET_CHARACTERS_MAX } from "./ticket_desk.ts";
import type { TicketWindow } from "./ticket_window.ts";

/** Who makes a request or a handshake. */
export type Identification =
  | { readonly kind: "granted"; readonly grant: Grant }
  /** It has no token. */
  | { readonly kind: "unknown" }
  /** It has one that is not good; the fault is a sentence. */
  | { readonly kind: "refused"; readonly fault: string };

/** What decides whether a token or a ticket is good. */
export interface DoorkeeperOptions {
  readonly authenticator: Authenticator;
  readonly tickets: TicketWindow;
}

const UNREADABLE_HEADER =
  "Cannot authenticate: the header Authorization must be there once, as Bearer TOKEN";

/** Asks everybody who comes in who they are, where authentication is on. */
export class Doorkeeper implements Closable {
  readonly #options: DoorkeeperOptions | undefined;

  /** @param options left out where authentication is off */
  constructor(options: DoorkeeperOptions | undefined) {
    this.#options = options;
  }

  /** Whether authentication is on. */
  get asks(): boolean {
    return this.#options !== undefined;
  }

  /** Who makes a request of plain HTTP. */
  async request(request: Request): Promise<Identification> {
    return await this.#identify(headerToken(request.headers), (token) => this.#verify(token));
  }

  /** Who wants to open a socket. */
  async handshake(request: Request): Promise<Identification> {
    const carried = handshakeToken(request.headers);
    if (carried.kind !== "none") return await this.#identify(carried, this.socketToken);
    return await this.#identify(urlTicket(request.url), (ticket) => this.#redeem(ticket));
  }

  /** Whom a token or a ticket that came for a socket stands for. A ticket is used up by it. */
  readonly socketToken = async (token: string): Promise<Verdict> =>
    await (token.startsWith(TICKET_PREFIX) ? this.#redeem(token) : this.#verify(token));

  /** A ticket for somebody; undefined when there are as many as may be. */
  async issueTicket(grant: Grant): Promise<string | undefined> {
    return await this.#options?.tickets.issue(grant);
  }

  close(): void {
    this.#options?.tickets.close();
  }

  async #identify(
    carried: Carried,
    verify: (token: string) => Promise<Verdict>,
  ): Promise<Identification> {
    if (!this.asks) return { kind: "granted", grant: EVERYTHING };
    if (carried.kind === "none") return { kind: "unknown" };
    if (carried.kind === "unreadable") return { kind: "refused", fault: UNREADABLE_HEADER };
    const verdict = await verify(carried.token);
    if (verdict.ok) return { kind: "granted", grant: verdict.grant };
    return { kind: "refused", fault: `Cannot authenticate: ${verdict.fault}` };
  }

  async #redeem(ticket: string): Promise<Verdict> {
    const isPossible = ticket.length <= TICKET_CHARACTERS_MAX;
    const grant = isPossible ? await this.#options?.tickets.redeem(ticket) : undefined;
    if (grant !== undefined) return { ok: true, grant };
    const rule =
      "from POST /api/ticket, unused, not older than 30 s, of a token that has not expired";
    return { ok: false, fault: `the ticket must be ${rule}` };
  }

  async #verify(token: string): Promise<Verdict> {
    const verdict = await this.#options?.authenticator.verify(token) ??
      { ok: true, grant: EVERYTHING };
    return verdict.ok ? verdict : { ok: false, fault: `the token is refused: ${verdict.fault}` };
  }
}
