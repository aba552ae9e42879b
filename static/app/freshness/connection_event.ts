import type { FeedStatus } from "../../../src/price/feed_status.ts";

/** Something that happened to the connection, or to the feed behind it. */
export type ConnectionEvent =
  & {
    /** Grows with each event. */
    readonly id: number;
    /** By the local clock, in milliseconds since the unix epoch. */
    readonly atMs: number;
  }
  & ConnectionChange;

/** What happened. */
export type ConnectionChange =
  /** The first connection of this page. */
  | { readonly kind: "connected"; readonly prices: number }
  | { readonly kind: "lost"; readonly why: string }
  /** The connection is back, and what had changed meanwhile was sent. */
  | { readonly kind: "resumed"; readonly changes: number; readonly awayMs: number }
  /** The connection is back, and everything was sent anew. */
  | {
    readonly kind: "replaced";
    readonly prices: number;
    readonly awayMs: number;
    /** Whether because the server has begun anew. */
    readonly isNewServer: boolean;
  }
  /** The server has said something else of its feed than before. */
  | { readonly kind: "feed"; readonly status: FeedStatus["status"]; readonly forMs: number }
  | { readonly kind: "stopped"; readonly why: string };

const FEED_TEXTS: Record<FeedStatus["status"], (forText: string) => string> = {
  live: (forText) => `The feed is live again after ${forText}`,
  delayed: () => "The feed is delayed: the server reads prices later than it should",
  down: () => "The feed is down: the server cannot reach its database",
};

/** A change in a sentence, without its full stop. */
export function describeChange(change: ConnectionChange): string {
  switch (change.kind) {
    case "connected":
      return `Connected: ${counted(change.prices, "price")}`;
    case "lost":
      return `Connection lost: ${change.why}`;
    case "resumed": {
      const what = change.changes === 0 ? "nothing had" : `${counted(change.changes, "price")} had`;
      return `Resumed after ${duration(change.awayMs)}: ${what} changed`;
    }
    case "replaced": {
      const why = change.isNewServer ? "The server has restarted" : "Everything was sent anew";
      const what = `a fresh snapshot of ${counted(change.prices, "price")}`;
      return `Back after ${duration(change.awayMs)} with ${what}. ${why}`;
    }
    case "feed":
      return FEED_TEXTS[change.status](duration(change.forMs));
    case "stopped":
      return `Disconnected: ${change.why}`;
  }
}

/** A span of time in words: "0.4 s", "12 s", "3 min 20 s". */
export function duration(ms: number): string {
  const spanMs = Math.max(ms, 0);
  if (spanMs < 9950) return `${(spanMs / 1000).toFixed(1)} s`;
  if (spanMs < 60_000) return `${Math.floor(spanMs / 1000)} s`;
  if (spanMs < 3_600_000) {
    return `${Math.floor(spanMs / 60_000)} min ${Math.floor(spanMs / 1000) % 60} s`;
  }
  return `${Math.floor(spanMs / 3_600_000)} h ${Math.floor(spanMs / 60_000) % 60} min`;
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
