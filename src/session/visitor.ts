import type { Lease } from "./lease.ts";

/** Who is at the other end of a socket. */
export interface Visitor {
  /** Network address, for the log. */
  readonly peer: string;
  /** That of the client itself, however many proxies it came through. */
  readonly address: string;
  /** What they may do, and until when. */
  readonly lease: Lease;
}
