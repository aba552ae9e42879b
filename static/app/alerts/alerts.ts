import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { FeedClient } from "../../../src/client/feed_client.ts";
import { format } from "../format.ts";
import type { Notices } from "../notices/notices.ts";
import type { SignalStorage } from "../stored_signal.ts";
import { AlertKeeper, type AlertLocks } from "./alert_keeper.ts";
import { AlertNotifier, type Notifications } from "./alert_notifier.ts";
import type { AlertRule } from "./alert_rule.ts";
import { AlertShelf, type AlertStorage } from "./alert_shelf.ts";
import { alertTitle, describeState } from "./alert_text.ts";
import { AlertWatch } from "./alert_watch.ts";

/** What alerts need of a browser, as far as it has it. */
export interface AlertPlace {
  readonly storage: (AlertStorage & SignalStorage) | undefined;
  readonly locks: AlertLocks | undefined;
  readonly notifications: Notifications | undefined;
}

/** A price that the user wants to set an alert on. */
export interface AlertSubject {
  readonly symbol: string;
  /** Empty for any. */
  readonly source: string;
  readonly price: number;
}

/** The user's alerts: kept, watched, and told of when they fire. */
export class Alerts {
  readonly #shelf: AlertShelf;
  readonly #watch: AlertWatch;
  readonly #notices: Notices;
  readonly notifier: AlertNotifier;
  readonly #open: () => void;
  #firedIds: ReadonlySet<string>;

  /** Fired alerts that the user has not looked at. */
  readonly unseen: ReadonlySignal<number> = computed(() =>
    this.rules.value.filter(({ state }) => state.kind === "fired" && !state.isSeen).length
  );

  /** Symbols with an alert that has yet to fire. */
  readonly waitingFor: ReadonlySignal<ReadonlySet<string>> = computed(() =>
    new Set(
      this.rules.value.flatMap(({ symbol, state }) => state.kind === "fired" ? [] : [symbol]),
    )
  );
  /** What the form begins with while it was opened from a price. */
  readonly subject = signal<AlertSubject | undefined>(undefined);

  /** @param open shows the alerts to the user */
  constructor(client: FeedClient, notices: Notices, place: AlertPlace, open: () => void) {
    this.#notices = notices;
    this.#open = open;
    this.#shelf = new AlertShelf(place.storage);
    const silent = { getItem: () => null, setItem() {} };
    this.notifier = new AlertNotifier(place.notifications, place.storage ?? silent);
    const keeper = new AlertKeeper(place.locks);
    this.#watch = new AlertWatch({ client, shelf: this.#shelf, keeper }, (rule) => {
      const [title, body] = [alertTitle(rule, format), `${describeState(rule, format)}.`];
      this.notifier.show({ title, body, id: rule.id }, open);
    });
    this.#firedIds = firedIds(this.rules.peek());
    effect(() => this.#tell(this.rules.value));
  }

  /** In the order in which they were made. */
  get rules(): ReadonlySignal<readonly AlertRule[]> {
    return this.#shelf.rules;
  }

  /** Takes in what other tabs set, delete and see fire. */
  follow(window: Pick<Window, "addEventListener">): void {
    this.#shelf.follow(window);
  }

  /** Opens the form with a price in it, for the user to change and to set. */
  propose(subject: AlertSubject): void {
    this.subject.value = subject;
    this.#open();
  }

  /** Sets an alert; returns why not, if not. */
  set(rule: AlertRule): string | undefined {
    const problem = this.#shelf.put(rule);
    if (problem === undefined) this.#watch.consider(rule);
    return problem;
  }

  /** Arms one again that has fired: for the next time that its level is reached. */
  rearm(rule: AlertRule): void {
    const armed: AlertRule = { ...rule, state: { kind: "leaving" } };
    this.#shelf.put(armed);
    this.#watch.consider(armed);
  }

  /** Deletes an alert. */
  remove(rule: AlertRule): void {
    this.#shelf.remove(rule.id);
  }

  /** The user has looked at all of them. */
  see(): void {
    for (const rule of this.rules.peek()) {
      if (rule.state.kind !== "fired" || rule.state.isSeen) continue;
      this.#shelf.put({ ...rule, state: { ...rule.state, isSeen: true } });
    }
  }

  /** Every tab tells of what fires while it is open, in whichever tab that was noticed. */
  #tell(rules: readonly AlertRule[]): void {
    const before = this.#firedIds;
    this.#firedIds = firedIds(rules);
    for (const rule of rules) {
      if (!this.#firedIds.has(rule.id) || before.has(rule.id)) continue;
      this.#notices.show({
        tone: "alert",
        title: alertTitle(rule, format),
        detail: `${describeState(rule, format)}.`,
      });
    }
  }
}

function firedIds(rules: readonly AlertRule[]): ReadonlySet<string> {
  return new Set(rules.flatMap(({ id, state }) => state.kind === "fired" ? [id] : []));
}
