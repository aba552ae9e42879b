import { effect, untracked } from "@preact/signals";
import type { ClientQuote, FeedClient } from "../../../src/client/mod.ts";
import type { AlertKeeper } from "./alert_keeper.ts";
import { type AlertRule, type AlertSight, concerns, judge } from "./alert_rule.ts";
import type { AlertShelf } from "./alert_shelf.ts";

/** Who has been live for longer than this has not missed what happened before its turn came. */
const RETURN_MS = 5000;

/**
 * Holds every price against the alerts, in the tab whose turn it is. It judges nothing before the server
 * has said on this connection that its feed works: until then, what there is may be old.
 */
export class AlertWatch {
  readonly #client: FeedClient;
  readonly #shelf: AlertShelf;
  readonly #keeper: AlertKeeper;
  readonly #fired: (rule: AlertRule) => void;
  #bySymbol = new Map<string, AlertRule[]>();
  /** Since when prices can be trusted; undefined while they cannot. */
  #readySinceMs: number | undefined;

  /** @param fired told in this tab alone, once for each alert */
  constructor(
    parts: {
      readonly client: FeedClient;
      readonly shelf: AlertShelf;
      readonly keeper: AlertKeeper;
    },
    fired: (rule: AlertRule) => void,
  ) {
    this.#client = parts.client;
    this.#shelf = parts.shelf;
    this.#keeper = parts.keeper;
    this.#fired = fired;
    effect(() => this.#index(parts.shelf.rules.value));
    effect(() => {
      if (parts.keeper.isKeeper.value) untracked(() => this.#takeTurn());
    });
    this.#listen();
  }

  /** Whether this tab judges prices at the moment. */
  get isWatching(): boolean {
    return this.#readySinceMs !== undefined && this.#keeper.isKeeper.peek();
  }

  /** Judges a rule that has just been set or armed, by the prices that there are. */
  consider(rule: AlertRule): void {
    // Whichever tab it was set in: the others have yet to hear of it.
    if (this.#readySinceMs !== undefined) this.#judge(rule, "set");
  }

  #listen(): void {
    const client = this.#client;
    client.on("state", ({ phase }) => {
      if (phase !== "live") this.#rest();
    });
    client.on("heartbeat", ({ feed }) => {
      if (feed.status === "down") this.#rest();
      else this.#watch();
    });
    client.on("update", ({ quotes }) => {
      if (this.#bySymbol.size > 0 && this.isWatching) this.#compare(quotes);
    });
    client.on("snapshot", () => {
      if (this.isWatching) this.#judgeAll("live");
    });
  }

  #watch(): void {
    if (this.#readySinceMs !== undefined) return;
    this.#readySinceMs = Date.now();
    this.#keeper.apply();
  }

  #rest(): void {
    this.#readySinceMs = undefined;
    this.#keeper.resign();
  }

  #takeTurn(): void {
    const sinceMs = this.#readySinceMs;
    if (sinceMs === undefined) return;
    this.#judgeAll(Date.now() - sinceMs < RETURN_MS ? "away" : "live");
  }

  #compare(quotes: readonly ClientQuote[]): void {
    const rules = new Set(quotes.flatMap(({ symbol }) => this.#bySymbol.get(symbol) ?? []));
    for (const rule of rules) {
      // What did not change has been judged before; but to leave a level, all have to.
      this.#judge(rule, "live", rule.state.kind === "armed" ? quotes : this.#quotesFor(rule));
    }
  }

  #judgeAll(sight: AlertSight): void {
    for (const rule of [...this.#bySymbol.values()].flat()) this.#judge(rule, sight);
  }

  #judge(rule: AlertRule, sight: AlertSight, quotes = this.#quotesFor(rule)): void {
    const next = judge(rule, quotes, sight, Date.now());
    if (next === rule) return;
    this.#shelf.put(next);
    if (next.state.kind === "fired") this.#fired(next);
  }

  #quotesFor(rule: AlertRule): readonly ClientQuote[] {
    if (rule.source !== null) {
      const quote = this.#client.quote(rule.symbol, rule.source);
      return quote === undefined ? [] : [quote];
    }
    return [...this.#client.quotes()].filter((quote) => concerns(rule, quote));
  }

  #index(rules: readonly AlertRule[]): void {
    this.#bySymbol = Map.groupBy(
      rules.filter(({ state }) => state.kind !== "fired"),
      ({ symbol }) => symbol,
    );
  }
}
