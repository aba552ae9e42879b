import { withDeadline } from "../lifecycle.ts";
import type { Grant } from "./grant.ts";
import type { FromTicketDesk, ToTicketDesk } from "./ticket_messages.ts";

const ANSWER_DEADLINE_MS = 5000;

/** A worker's way to the ticket desk. */
export class TicketWindow {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, (answer: FromTicketDesk) => void>();
  #lastRequest = 0;

  /** @param port from `TicketDesk.openLink` */
  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = (event: MessageEvent<FromTicketDesk>) => {
      this.#waiting.get(event.data.request)?.(event.data);
    };
  }

  /** As `TicketDesk.issue`. @throws {DeadlineError} without an answer within 5 s */
  async issue(grant: Grant): Promise<string | undefined> {
    const answer = await this.#ask((request) => ({ kind: "issue", request, grant }));
    return answer.kind === "issued" ? answer.ticket : undefined;
  }

  /** As `TicketDesk.redeem`. @throws {DeadlineError} without an answer within 5 s */
  async redeem(ticket: string): Promise<Grant | undefined> {
    const answer = await this.#ask((request) => ({ kind: "redeem", request, ticket }));
    return answer.kind === "redeemed" ? answer.grant : undefined;
  }

  close(): void {
    this.#port.close();
  }

  async #ask(message: (request: number) => ToTicketDesk): Promise<FromTicketDesk> {
    this.#lastRequest += 1;
    const request = this.#lastRequest;
    const { promise, resolve } = Promise.withResolvers<FromTicketDesk>();
    this.#waiting.set(request, resolve);
    this.#port.postMessage(message(request));
    try {
      return await withDeadline(promise, ANSWER_DEADLINE_MS, "ask for a ticket");
    } finally {
      this.#waiting.delete(request);
    }
  }
}
