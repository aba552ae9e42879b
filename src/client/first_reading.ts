import type { FeedStatus } from "../price/feed_status.ts";

/**
 * Whether what a connection has brought can be the day's whole truth. A server that has just started, and
 * has yet to read its table, answers with an empty snapshot; then it sends all that it finds as changes,
 * the oldest first, and those carry no open of the day. So a connection that began with a feed that was
 * down needs another snapshot once the feed is up.
 */
export class FirstReading {
  #phase: "unheard" | "unread" | "asked" | "done" = "unheard";

  /** A connection begins. */
  begin(): void {
    this.#phase = "unheard";
  }

  /** Takes what a heartbeat says of the feed; returns whether it is time to ask for another snapshot. */
  hear(status: FeedStatus["status"]): boolean {
    if (this.#phase === "unheard") this.#phase = status === "down" ? "unread" : "done";
    if (this.#phase !== "unread" || status === "down") return false;
    this.#phase = "asked";
    return true;
  }

  /** The snapshot has come, or has been refused. */
  settle(): void {
    if (this.#phase === "asked") this.#phase = "done";
  }

  /** What a heartbeat's word is worth: until the snapshot has come, the feed is as good as down. */
  judge(status: FeedStatus["status"]): FeedStatus["status"] {
    return this.#phase === "asked" ? "down" : status;
  }
}
