import type { RequestId, ServerMessage } from "../../src/session/protocol.ts";
import type { WorkerLedger } from "./worker_ledger.ts";

/**
 * Holds one v1 connection to the order in which it is handed its documents: no change of prices before
 * the whole snapshot on which it builds, none of an epoch that no snapshot has named, none sooner than
 * the client's rate allows, and no close before the goodbye.
 */
export class SendOrder {
  readonly #ledger: WorkerLedger;
  readonly #chunkQuotesMax: number;
  readonly #subscribes: (id: RequestId) => boolean;
  readonly #fail: (fault: string) => void;
  /** Whether a snapshot is owed or under way. */
  #owed = false;
  /** The run of the publisher that the client was told of. */
  #epoch: string | undefined;
  #saidGoodbye = false;
  #rateMs = 0;
  /** When the last update ended, where that can be told. */
  #updatedAtMs = -Infinity;

  /**
   * @param chunkQuotesMax quotes in one part of an update
   * @param subscribes whether a request asks for a snapshot
   * @param fail told of what must not be
   */
  constructor(
    ledger: WorkerLedger,
    chunkQuotesMax: number,
    subscribes: (id: RequestId) => boolean,
    fail: (fault: string) => void,
  ) {
    this.#ledger = ledger;
    this.#chunkQuotesMax = chunkQuotesMax;
    this.#subscribes = subscribes;
    this.#fail = fail;
  }

  /** The next document is handed over. */
  sending(message: ServerMessage, nowMs: number): void {
    switch (message.type) {
      case "ack":
        if (this.#subscribes(message.id)) this.#owed = true;
        this.#rateMs = message.subscription.max_rate_ms;
        this.#updatedAtMs = -Infinity;
        return;
      case "snapshot":
        this.#owed = !message.complete;
        this.#epoch = message.epoch;
        return;
      case "resumed":
        this.#owed = message.kind === "snapshot";
        this.#epoch = this.#ledger.epoch;
        return;
      case "closing":
        this.#saidGoodbye = true;
        return;
      case "update":
        if (this.#owed) this.#fail(`must have its whole snapshot before update ${message.seq}`);
        this.#paced(message.quotes.length, nowMs);
        return this.#named(message);
      case "heartbeat":
        return this.#named(message);
    }
  }

  /** The server goes away, and closes the connection for that. */
  leaving(): void {
    if (!this.#saidGoodbye) this.#fail("must be told before the server goes away, is closed");
  }

  /** A full part of an update may have others behind it, which need not wait. */
  #paced(quotes: number, nowMs: number): void {
    // Added up, as the server does it: subtracted, fractions come out otherwise.
    if (nowMs < this.#updatedAtMs + this.#rateMs) {
      const sinceMs = nowMs - this.#updatedAtMs;
      this.#fail(
        `must get an update every ${this.#rateMs} ms at most, gets one after ${sinceMs} ms`,
      );
    }
    if (quotes < this.#chunkQuotesMax) this.#updatedAtMs = nowMs;
  }

  #named({ type, seq }: Extract<ServerMessage, { type: "update" | "heartbeat" }>): void {
    if (this.#epoch === undefined || this.#epoch === this.#ledger.epoch) return;
    this.#fail(`must have a snapshot of the new epoch before ${type} ${seq}`);
  }
}
