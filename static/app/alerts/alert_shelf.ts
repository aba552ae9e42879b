import { type ReadonlySignal, signal } from "@preact/signals";
import * as v from "valibot";
import { type AlertRule, alertRuleSchema, ALERTS_MAX } from "./alert_rule.ts";

/** The part of the browser's storage that is needed. */
export type AlertStorage = Pick<
  Storage,
  "getItem" | "setItem" | "removeItem" | "key" | "length"
>;

/** Each alert has an entry of its own, so that tabs that write at once do not undo one another's work. */
const PREFIX = "quotewire.alert.";

/**
 * The alerts that the browser keeps, the same in all of its tabs. Where the storage is forbidden or full
 * they last as long as the page.
 */
export class AlertShelf {
  readonly #storage: AlertStorage | undefined;
  readonly #rules = signal<readonly AlertRule[]>([]);

  /** @param storage undefined where the browser forbids it */
  constructor(storage: AlertStorage | undefined) {
    this.#storage = storage;
    this.#rules.value = this.#readAll();
  }

  /** In the order in which they were made, 100 at most. */
  get rules(): ReadonlySignal<readonly AlertRule[]> {
    return this.#rules;
  }

  /** Takes in what other tabs write. */
  follow(window: Pick<Window, "addEventListener">): void {
    window.addEventListener("storage", ({ key }) => {
      if (key === null || key.startsWith(PREFIX)) this.#rules.value = this.#readAll();
    });
  }

  /** Adds an alert, or puts it in the place of the one of the same id; returns why not, if not. */
  put(rule: AlertRule): string | undefined {
    const rules = this.#rules.peek();
    const others = rules.filter(({ id }) => id !== rule.id);
    if (others.length >= ALERTS_MAX) {
      return `Cannot set an alert: must be ${ALERTS_MAX} at most. Delete one first`;
    }
    this.#attempt((storage) => storage.setItem(PREFIX + rule.id, JSON.stringify(rule)));
    this.#rules.value = sorted([...others, rule]);
    return undefined;
  }

  /** Deletes an alert; harmless when it has gone. */
  remove(id: string): void {
    this.#attempt((storage) => storage.removeItem(PREFIX + id));
    this.#rules.value = this.#rules.peek().filter((rule) => rule.id !== id);
  }

  #readAll(): AlertRule[] {
    const rules: AlertRule[] = [];
    this.#attempt((storage) => {
      for (let index = 0; index < storage.length && rules.length < ALERTS_MAX; index += 1) {
        const key = storage.key(index);
        if (key?.startsWith(PREFIX) !== true) continue;
        const rule = parse(storage.getItem(key));
        if (rule !== undefined && key === PREFIX + rule.id) rules.push(rule);
      }
    });
    return sorted(rules);
  }

  #attempt(work: (storage: AlertStorage) => void): void {
    try {
      if (this.#storage !== undefined) work(this.#storage);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }
}

/** Anybody may write into a browser's storage; what is no alert is none. */
function parse(text: string | null): AlertRule | undefined {
  try {
    const result = v.safeParse(alertRuleSchema, JSON.parse(text ?? "null"));
    return result.success ? result.output : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function sorted(rules: readonly AlertRule[]): AlertRule[] {
  return rules.toSorted((a, b) => a.madeAtMs - b.madeAtMs || (a.id < b.id ? -1 : 1));
}
