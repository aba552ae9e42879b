import type { RequestId, ServerMessage } from "../../src/session/protocol.ts";
import type { WorkerLedger } from "./worker_ledger.ts";

/**
 * Holds one v1 connection to the order in which it is handed its documents: no change of prices before
 * the whole snapshot on which it builds, none of an epoch that no snapshot has named, and no close
 * before the goodbye.
 */
export class SendOrder {
  readonly #ledger: WorkerLedger;
  readonly #subscribes: (id: RequestId) => boolean;
  readonly #fail: (fault: string) => void;
  /** Whether a snapshot is owed or under way. */
  #owed = false;
  /** The run of the publisher that the client was told of. */
  #epoch: string | undefined;
  #saidGoodbye = false;

  /**
   * @param subscribes whether a request asks for a snapshot
   * @param fail told of what must not be
   */
  constructor(
    ledger: WorkerLedger,
    subscribes: (id: RequestId) => boolean,
    fail: (fault: string) => void,
  ) {
    this.#ledger = ledger;
    this.#subscribes = subscribes;
    this.#fail = fail;
  }

  /** The next document is handed over. */
  sending(message: ServerMessage): void {
    switch (message.type) {
      case "ack":
        if (this.#subscribes(message.id)) this.#owed = true;
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
        return this.#named(message);
      case "heartbeat":
        return this.#named(message);
    }
  }

  /** The server goes away, and closes the connection for that. */
  leaving(): void {
    if (!this.#saidGoodbye) this.#fail("must be told before the server goes away, is closed");
  }

  #named({ type, seq }: Extract<ServerMessage, { type: "update" | "heartbeat" }>): void {
    if (this.#epoch === undefined || this.#epoch === this.#ledger.epoch) return;
    this.#fail(`must have a snapshot of the new epoch before ${type} ${seq}`);
  }
}
