import type { FeedStatus } from "../price/feed_status.ts";
import type { LinkState } from "./link_state.ts";

/** The feed's state as the last heartbeat told it, and when that was by the local clock. */
export interface HeardFeed {
  readonly feed: FeedStatus;
  readonly atMs: number;
}

/**
 * How far what is on the screen can be trusted, from the database to the screen, in words.
 *
 * - `live` and `delayed`: prices arrive; `delayed` ones later than the server promises.
 * - `waiting`: there are no prices yet to be trusted or not.
 * - `old`: prices are shown that may no longer be true; somebody is at work on it.
 * - `over`: as `old`, and nothing will change without the user.
 */
export interface Health {
  readonly kind: "live" | "delayed" | "waiting" | "old" | "over";
  /** One or two words: "Live". */
  readonly label: string;
  /** A sentence or two for the user: what is wrong, and what to do; empty when all is well. */
  readonly detail: string;
  /** Since when prices may be old, in milliseconds since the unix epoch, if there are any. */
  readonly oldSinceMs: number | undefined;
  /** When the next attempt to connect will be made, if one is waited for. */
  readonly retryAtMs: number | undefined;
}

/** Joins the states of the connection and of the feed behind it. */
export function healthOf(state: LinkState, heard: HeardFeed | undefined): Health {
  const rest = { oldSinceMs: undefined, retryAtMs: undefined };
  switch (state.phase) {
    case "live":
      return feedHealth(heard);
    case "connecting": {
      const oldSinceMs = state.staleSinceMs;
      return oldSinceMs === undefined
        ? { ...rest, kind: "waiting", label: "Connecting", detail: "" }
        : { ...rest, kind: "old", label: "Reconnecting", detail: "Trying to connect.", oldSinceMs };
    }
    case "stale":
      return {
        ...rest,
        kind: "old",
        label: "Stale",
        detail: "The server has fallen silent.",
        oldSinceMs: state.staleSinceMs,
      };
    case "reconnecting":
      return {
        kind: state.staleSinceMs === undefined ? "waiting" : "old",
        label: "Reconnecting",
        detail: `Not connected: ${state.reason}.`,
        oldSinceMs: state.staleSinceMs,
        retryAtMs: state.retryAtMs,
      };
    case "stopped":
      return { ...rest, ...stoppedHealth(state.reason), oldSinceMs: state.staleSinceMs };
  }
}

function feedHealth(heard: HeardFeed | undefined): Health {
  const rest = { oldSinceMs: undefined, retryAtMs: undefined };
  switch (heard?.feed.status) {
    case undefined:
    case "live":
      return { ...rest, kind: "live", label: "Live", detail: "" };
    case "delayed":
      return {
        ...rest,
        kind: "delayed",
        label: "Feed delayed",
        detail: "The server reads new prices later than it should.",
        oldSinceMs: heard === undefined ? undefined : heard.atMs - heard.feed.ageMs,
      };
    case "down":
      return {
        ...rest,
        kind: "old",
        label: "Feed down",
        detail: "The server cannot reach its database.",
        oldSinceMs: heard === undefined ? undefined : heard.atMs - heard.feed.ageMs,
      };
  }
}

function stoppedHealth(
  reason: Extract<LinkState, { phase: "stopped" }>["reason"],
): Pick<Health, "kind" | "label" | "detail"> {
  switch (reason.kind) {
    case "not_started":
      return { kind: "waiting", label: "Not connected", detail: "" };
    case "asked":
      return { kind: "over", label: "Stopped", detail: "Disconnected on request." };
    case "closed":
      return {
        kind: "over",
        label: "Refused",
        detail: `The server ended the connection for good: ${reason.reason} (${reason.code}).`,
      };
    case "refused":
      return {
        kind: "over",
        label: "Refused",
        detail: `The server refused the subscription: ${reason.message} (${reason.code}).`,
      };
  }
}
