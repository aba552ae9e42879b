import { subscriberOf } from "../address.ts";
import type { SessionLimits } from "../config.ts";
import type { MetricWriter, SharedMetrics } from "../metrics.ts";
import type { SendBuffers } from "../session/send_buffers.ts";
import { whenGone } from "../session/socket_end.ts";
import type { AddressCounts } from "./address_counts.ts";

/** What an admission counts with. */
export interface AdmissionOptions {
  readonly limits: Pick<SessionLimits, "sessionsMax" | "sessionsPerIpMax">;
  /** The worker's number. */
  readonly row: number;
  readonly metrics: SharedMetrics;
  readonly counters: MetricWriter;
  readonly addresses: AddressCounts;
  readonly buffers: Pick<SendBuffers, "full" | "isGreedy">;
  /** What waits for each address, as `SendBuffers` says it. */
  readonly held: Pick<AddressCounts, "count">;
  /** Whether clients can be told apart by address: on loopback without a proxy all have one. */
  readonly hasAddresses: boolean;
}

/** Which limit a further socket would break. */
export type FullLimit =
  | "MAX_SESSIONS"
  | "MAX_SESSIONS_PER_IP"
  | "send buffers"
  | "send buffers of one address";

/**
 * A client that vanishes in the middle of its handshake leaves a socket that neither opens nor closes
 * (measured on Deno 2.9.6). One that has not opened by then never will.
 */
const OPEN_DEADLINE_MS = 10_000;

/**
 * Who may open a socket: so many in all, and so many from one address, over all workers and services. A
 * socket counts until it is closed, which for a client that does not read may be long after its session.
 */
export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** The limit that stands in the way of one more socket from this address, if there is one. */
  full(address: string): FullLimit | undefined {
    const { limits, metrics, addresses, buffers, held, hasAddresses } = this.#options;
    if (metrics.sum("sockets") >= limits.sessionsMax) return "MAX_SESSIONS";
    if (buffers.full) return "send buffers";
    const subscriber = subscriberOf(address);
    if (addresses.count(subscriber) >= limits.sessionsPerIpMax) return "MAX_SESSIONS_PER_IP";
    const isGreedy = hasAddresses && buffers.isGreedy(held.count(subscriber));
    return isGreedy ? "send buffers of one address" : undefined;
  }

  /** Counts a socket that is being upgraded, until it is closed. */
  admit(socket: WebSocket, address: string, openDeadlineMs = OPEN_DEADLINE_MS): void {
    const subscriber = subscriberOf(address);
    const { row, counters, addresses } = this.#options;
    counters.add("sockets", 1);
    addresses.add(row, subscriber, 1);
    let isCounted = true;
    const release = () => {
      // One that opens too late is closed all the same.
      if (!isCounted) return;
      isCounted = false;
      counters.add("sockets", -1);
      addresses.add(row, subscriber, -1);
    };
    whenGone(socket, release);
    releaseUnopened(socket, release, openDeadlineMs);
  }
}

/** A function of its own: in one with `release`, which lives as long as the socket, so would the timer. */
function releaseUnopened(socket: WebSocket, release: () => void, deadlineMs: number): void {
  const timer = setTimeout(release, deadlineMs);
  socket.addEventListener("open", () => clearTimeout(timer), { once: true });
}
