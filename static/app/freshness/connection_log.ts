import { type ReadonlySignal, signal } from "@preact/signals";
import type { FeedClient } from "../../../src/client/feed_client.ts";
import type { LinkState } from "../../../src/client/link_state.ts";
import type { FeedStatus } from "../../../src/price/feed_status.ts";
import type { ConnectionChange, ConnectionEvent } from "./connection_event.ts";

/** Older events are forgotten. */
const EVENTS_MAX = 100;
const NEWS_DEADLINE_MS = 2000;

/** A connection that has come back, while it is not yet known what it brought. */
interface Return {
  readonly sinceMs: number;
  /** Undefined where the client had to begin anew without asking to resume. */
  readonly kind: "delta" | "snapshot" | undefined;
  /** Whether anything can have changed. */
  readonly hasNews: boolean;
  readonly atMs: number;
}

/** What has happened to the connection since the page was opened, newest first. */
export class ConnectionLog {
  readonly #client: FeedClient;
  readonly #events = signal<readonly ConnectionEvent[]>([]);
  #lastId = 0;
  #phase: LinkState["phase"] = "stopped";
  /** Since when there has been no live connection; undefined while there is one, or was none yet. */
  #awaySinceMs: number | undefined;
  #wasLive = false;
  #resumed: { readonly kind: "delta" | "snapshot"; readonly hasNews: boolean } | undefined;
  #returned: Return | undefined;
  #feed: { readonly status: FeedStatus["status"]; readonly sinceMs: number } | undefined;

  constructor(client: FeedClient) {
    this.#client = client;
    client.on("state", (state) => this.#change(state));
    client.on("resumed", ({ kind, from, to }) => {
      this.#resumed = { kind, hasNews: to > from };
    });
    // The changes that were missed come in one update, before anything else.
    client.on("update", ({ quotes }) => this.#settle(quotes.length));
    client.on("heartbeat", ({ feed }) => {
      if (this.#returned !== undefined && !this.#awaitsNews()) this.#settle(0);
      this.#hearFeed(feed.status);
    });
  }

  /** Newest first, 100 at most. */
  get events(): ReadonlySignal<readonly ConnectionEvent[]> {
    return this.#events;
  }

  #change(state: LinkState): void {
    const before = this.#phase;
    this.#phase = state.phase;
    if (state.phase === "live") return this.#live();
    if (before === "live") {
      this.#wasLive = true;
      this.#awaySinceMs = state.staleSinceMs ?? Date.now();
      this.#returned = undefined;
      this.#feed = undefined;
    }
    if (state.phase === "reconnecting" && (before === "live" || before === "stale")) {
      this.#add({ kind: "lost", why: state.reason });
    }
    if (state.phase === "stopped") {
      const { reason } = state;
      const why = reason.kind === "closed" ? reason.reason : "the page was told to";
      this.#add({ kind: "stopped", why: reason.kind === "refused" ? reason.message : why });
    }
  }

  #live(): void {
    const resumed = this.#resumed;
    this.#resumed = undefined;
    if (!this.#wasLive || this.#awaySinceMs === undefined) {
      return this.#add({ kind: "connected", prices: this.#prices() });
    }
    const { kind, hasNews = false } = resumed ?? {};
    this.#returned = { sinceMs: this.#awaySinceMs, kind, hasNews, atMs: Date.now() };
    this.#awaySinceMs = undefined;
    // A snapshot is complete by now.
    if (kind !== "delta" || !hasNews) this.#settle(0);
  }

  /** What was missed comes at once where there is any; it is not waited for for ever. */
  #awaitsNews(): boolean {
    return this.#returned?.hasNews === true && Date.now() - this.#returned.atMs < NEWS_DEADLINE_MS;
  }

  #settle(changes: number): void {
    const returned = this.#returned;
    if (returned === undefined) return;
    this.#returned = undefined;
    const awayMs = returned.atMs - returned.sinceMs;
    if (returned.kind === "delta") return this.#add({ kind: "resumed", changes, awayMs });
    const isNewServer = returned.kind === "snapshot";
    this.#add({ kind: "replaced", prices: this.#prices(), awayMs, isNewServer });
  }

  #hearFeed(status: FeedStatus["status"]): void {
    const before = this.#feed;
    if (before?.status === status) return;
    const nowMs = Date.now();
    this.#feed = { status, sinceMs: nowMs };
    if (before === undefined && status === "live") return;
    this.#add({ kind: "feed", status, forMs: nowMs - (before?.sinceMs ?? nowMs) });
  }

  #prices(): number {
    return [...this.#client.quotes()].length;
  }

  #add(change: ConnectionChange): void {
    this.#lastId += 1;
    const event = { ...change, id: this.#lastId, atMs: Date.now() };
    this.#events.value = [event, ...this.#events.peek()].slice(0, EVENTS_MAX);
  }
}
