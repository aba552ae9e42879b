import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { FeedClient } from "../../../src/client/feed_client.ts";
import { type Health, healthOf, type HeardFeed } from "../../../src/client/health.ts";
import type { FeedStatus } from "../../../src/price/feed_status.ts";

const CLOCK_INTERVAL_MS = 1000;
/** A heartbeat comes every second. This is as long as the client's own watchdog waits for the next. */
const SILENCE_MS_MAX = 2500;

/** The parts of a page that tell when it goes to sleep and wakes up. */
export interface PageEvents {
  readonly window: Pick<EventTarget, "addEventListener">;
  readonly document: Pick<EventTarget, "addEventListener">;
}

/**
 * How far the prices on the page can be trusted at this moment: the client's word, and the page's own
 * clock beside it. The client's timers stand still while a computer sleeps or a tab is frozen, and for a
 * moment afterwards it believes what it believed before; the page does not.
 */
export class Freshness {
  readonly #client: FeedClient;
  readonly #state;
  readonly #heard = signal<HeardFeed | undefined>(undefined);
  readonly #isAsleep = signal(false);
  readonly #nowMs = signal(Date.now());
  readonly #serverNowMs = signal(Date.now());
  readonly #roundTripMs = signal<number | undefined>(undefined);
  /** When the server was last heard on the connection before this one. */
  #lastHeardAtMs: number | undefined;

  /** How far the prices can be trusted, in words. */
  readonly health: ReadonlySignal<Health> = computed(() => this.#judge());

  constructor(client: FeedClient) {
    this.#client = client;
    this.#state = signal(client.state);
    client.on("state", (state) => {
      batch(() => {
        // What the feed was like says nothing about the connection that follows.
        if (state.phase !== "live") this.#heard.value = undefined;
        this.#state.value = state;
      });
    });
    client.on("heartbeat", ({ feed, roundTripMs }) => {
      const atMs = Date.now();
      batch(() => {
        this.#lastHeardAtMs = atMs;
        this.#heard.value = { feed, atMs };
        this.#isAsleep.value = false;
        this.#nowMs.value = atMs;
        this.#roundTripMs.value = roundTripMs;
      });
    });
  }

  /** The feed's state as the last heartbeat of this connection told it. */
  get feed(): FeedStatus | undefined {
    return this.#heard.value?.feed;
  }

  /** The local time, about once a second: for countdowns. */
  get nowMs(): ReadonlySignal<number> {
    return this.#nowMs;
  }

  /** The server's time, once a second: for ages of prices. */
  get serverNowMs(): ReadonlySignal<number> {
    return this.#serverNowMs;
  }

  /** The last measured round trip. */
  get roundTripMs(): ReadonlySignal<number | undefined> {
    return this.#roundTripMs;
  }

  /** Lets the clocks run, and watches for the page's sleep; returns the function that stops the clocks. */
  start(page: PageEvents): () => void {
    const timer = setInterval(() => this.tick(), CLOCK_INTERVAL_MS);
    // The last that a page draws before it is put away is the first that is seen when it comes back.
    const sleep = () => this.#isAsleep.value = true;
    page.document.addEventListener("freeze", sleep);
    page.window.addEventListener("pagehide", sleep);
    const wake = () => this.tick();
    page.document.addEventListener("resume", wake);
    page.document.addEventListener("visibilitychange", wake);
    for (const name of ["pageshow", "online", "focus"]) page.window.addEventListener(name, wake);
    return () => clearInterval(timer);
  }

  /** Looks at the clock. */
  tick(): void {
    batch(() => {
      this.#nowMs.value = Date.now();
      this.#serverNowMs.value = this.#client.serverNowMs();
    });
  }

  #judge(): Health {
    const state = this.#state.value;
    const heard = this.#heard.value;
    const health = healthOf(state, heard);
    if (state.phase !== "live" || health.kind === "old") return health;
    const rest = { retryAtMs: undefined, oldSinceMs: this.#lastHeardAtMs };
    if (this.#isAsleep.value) {
      return { ...rest, kind: "old", label: "Paused", detail: "The browser has paused this page." };
    }
    if (heard === undefined) {
      const kind = this.#lastHeardAtMs === undefined ? "waiting" : "old";
      const detail = "Connected. The server has yet to say how its feed is.";
      return { ...rest, kind, label: "Checking", detail };
    }
    // A clock that was set back counts as well: nothing is known about how long that was.
    if (Math.abs(this.#nowMs.value - heard.atMs) <= SILENCE_MS_MAX) return health;
    const detail = "This page has slept, or its clock was set. Asking the server.";
    return { ...rest, kind: "old", label: "Checking", detail };
  }
}
