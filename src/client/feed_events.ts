import type { FeedStatus } from "../price/feed_status.ts";
import type { ClientQuote } from "./client_quote.ts";
import type { LinkState } from "./link_state.ts";

/** Something went wrong that the client has survived. */
export type ClientFault =
  /** The server refused a request; the code and message are its own. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  /** An answer takes long; the client goes on waiting for it, and nothing is lost. */
  | {
    readonly kind: "late";
    readonly code: "join_unanswered" | "history_unanswered";
    readonly message: string;
  }
  /** The server sent what the protocol does not allow; it was left out. */
  | { readonly kind: "malformed"; readonly message: string; readonly count: number }
  /** A listener threw. */
  | { readonly kind: "listener"; readonly message: string; readonly cause: unknown };

/** What a feed client tells its listeners. */
export interface FeedEvents {
  /** Every change of `FeedClient.state`. */
  state: LinkState;
  /** The whole book is new: what is not in `quotes` is gone. */
  snapshot: { readonly quotes: readonly ClientQuote[] };
  /** These quotes have changed. */
  update: { readonly quotes: readonly ClientQuote[] };
  /** These quotes are no longer wanted, or not in the table any more that the server reads. */
  removed: { readonly quotes: readonly ClientQuote[] };
  /** The server's sign of life, about every second. */
  heartbeat: {
    readonly feed: FeedStatus;
    /** The last measured round trip in milliseconds. */
    readonly roundTripMs: number | undefined;
  };
  /** How a connection went on from where the one before it had ended. */
  resumed: {
    /** `delta`: only what had changed was sent; `snapshot`: everything was. */
    readonly kind: "delta" | "snapshot";
    /** Position of this client, and of the server. */
    readonly from: number;
    readonly to: number;
  };
  /** So many prices were replaced by newer ones before they were sent. */
  conflated: { readonly count: number };
  /** What went wrong without ending the client. */
  error: ClientFault;
}
