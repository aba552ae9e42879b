import type { Closable } from "../lifecycle.ts";
import type { Authenticator } from "./authenticator.ts";
import { handshakeToken, headerToken } from "./carriers.ts";
import { EVERYTHING, type Grant, type Verdict } from "./grant.ts";
import { TICKET_PREFIX } from "./ticket_desk.ts";
import type { TicketWindow } from "./ticket_window.ts";

/** What a request or a handshake proves. */
export type Admission =
  | { readonly kind: "granted"; readonly grant: Grant }
  /** It has no token. */
  | { readonly kind: "unknown" }
  /** It has one that is not good; the fault is a sentence. */
  | { readonly kind: "refused"; readonly fault: string };

/** What decides whether a token or a ticket is good. */
export interface Proof {
  readonly authenticator: Authenticator;
  readonly tickets: TicketWindow;
}

/** Asks everybody who comes in who they are, where authentication is on. */
export class Doorkeeper implements Closable {
  readonly #proof: Proof | undefined;

  /** @param proof left out where authentication is off */
  constructor(proof: Proof | undefined) {
    this.#proof = proof;
  }

  /** Whether authentication is on. */
  get asks(): boolean {
    return this.#proof !== undefined;
  }

  /** Who makes a request of plain HTTP. */
  async request(request: Request): Promise<Admission> {
    return await this.#admit(headerToken(request.headers), (token) => this.#verify(token));
  }

  /** Who wants to open a socket. */
  async handshake(request: Request): Promise<Admission> {
    return await this.#admit(handshakeToken(request), (token) => this.socketToken(token));
  }

  /** Whom a token or a ticket that came for a socket stands for. A ticket is used up by it. */
  async socketToken(token: string): Promise<Verdict> {
    if (!token.startsWith(TICKET_PREFIX)) return await this.#verify(token);
    const grant = await this.#proof?.tickets.redeem(token);
    if (grant !== undefined) return { ok: true, grant };
    return { ok: false, fault: "the ticket must be unused and not older than 30 s" };
  }

  /** A ticket for somebody; undefined when there are as many as may be. */
  async issueTicket(grant: Grant): Promise<string | undefined> {
    return await this.#proof?.tickets.issue(grant);
  }

  close(): void {
    this.#proof?.tickets.close();
  }

  async #admit(
    token: string | undefined,
    verify: (token: string) => Promise<Verdict>,
  ): Promise<Admission> {
    if (!this.asks) return { kind: "granted", grant: EVERYTHING };
    if (token === undefined) return { kind: "unknown" };
    const verdict = await verify(token);
    if (verdict.ok) return { kind: "granted", grant: verdict.grant };
    return { kind: "refused", fault: `Cannot authenticate: ${verdict.fault}` };
  }

  async #verify(token: string): Promise<Verdict> {
    const verdict = await this.#proof?.authenticator.verify(token) ??
      { ok: true, grant: EVERYTHING };
    return verdict.ok ? verdict : { ok: false, fault: `the token is refused: ${verdict.fault}` };
  }
}
