import { computed, type ReadonlySignal, signal } from "@preact/signals";
import * as v from "valibot";
import type { PageStorage } from "../page_storage.ts";
import { readStored, writeStored } from "./stored.ts";

/** What a browser's lists may hold. */
export const WATCHLIST_LIMITS = {
  listsMax: 30,
  nameCharactersMax: 40,
  /** In one list. */
  symbolsMax: 2000,
  /** The table allows no longer ones. */
  symbolCharactersMax: 32,
} as const;

/** Symbols that a user watches together. */
export interface Watchlist {
  /** Stays when the list is renamed. */
  readonly id: string;
  readonly name: string;
  /** In the user's order; each once. */
  readonly symbols: readonly string[];
}

const KEY = "quotewire.watchlists";
const UNREADABLE_KEY = "quotewire.watchlists.unreadable";
const FIRST_NAME = "Watchlist";

/** Text for people to read, so characters are code points. */
function text(max: number) {
  return v.pipe(v.string(), v.minLength(1), v.check((value) => [...value].length <= max));
}

const storedSchema = v.object({
  lists: v.pipe(
    v.array(v.object({
      id: text(64),
      name: text(WATCHLIST_LIMITS.nameCharactersMax),
      symbols: v.pipe(
        v.array(text(WATCHLIST_LIMITS.symbolCharactersMax)),
        v.maxLength(WATCHLIST_LIMITS.symbolsMax),
        v.transform((symbols) => [...new Set(symbols)]),
      ),
    })),
    v.maxLength(WATCHLIST_LIMITS.listsMax),
  ),
  activeId: v.optional(v.string()),
});

/**
 * The user's watchlists, kept in the browser and the same in all of its tabs. What a change would break
 * is not changed, and `notice` says why.
 */
export class Watchlists {
  readonly #storage: PageStorage;
  readonly #lists = signal<readonly Watchlist[]>([]);
  readonly #activeId = signal<string | undefined>(undefined);
  readonly #removed = signal<{ readonly list: Watchlist; readonly index: number } | undefined>(
    undefined,
  );

  /** What the user should know about the last change; empty when it is as asked. */
  readonly notice = signal("");
  /** The list that is shown; undefined for all prices. */
  readonly active: ReadonlySignal<Watchlist | undefined> = computed(() =>
    this.#lists.value.find(({ id }) => id === this.#activeId.value)
  );
  /** The symbols that a star marks: of the shown list, or else of the first. */
  readonly starred: ReadonlySignal<ReadonlySet<string>> = computed(() =>
    new Set((this.active.value ?? this.#lists.value[0])?.symbols ?? [])
  );

  /** Whether `restore` has a list to bring back. */
  readonly canRestore: ReadonlySignal<boolean> = computed(() => this.#removed.value !== undefined);

  /** @param tabs tells when another tab has changed the storage */
  constructor(storage: PageStorage, tabs: Pick<EventTarget, "addEventListener">) {
    this.#storage = storage;
    this.#read();
    tabs.addEventListener("storage", (event) => {
      if (event instanceof StorageEvent && event.key === KEY) this.#read();
    });
  }

  /** In the user's order. */
  get lists(): ReadonlySignal<readonly Watchlist[]> {
    return this.#lists;
  }

  /** A list by its id. */
  get(id: string): Watchlist | undefined {
    return this.#lists.peek().find((list) => list.id === id);
  }

  /** Shows a list; undefined for all prices. */
  choose(id: string | undefined): void {
    this.#activeId.value = id;
    this.#write();
  }

  /** Makes an empty list, and returns its id; undefined, with a notice, where there is no room. */
  add(name: string): string | undefined {
    const clean = this.#checkedName(name);
    if (clean === undefined) return undefined;
    if (this.#lists.peek().length >= WATCHLIST_LIMITS.listsMax) {
      this.notice.value = `There can be ${WATCHLIST_LIMITS.listsMax} lists at most.`;
      return undefined;
    }
    const id = crypto.randomUUID();
    this.#save([...this.#lists.peek(), { id, name: clean, symbols: [] }]);
    return id;
  }

  /** Gives a list another name. */
  rename(id: string, name: string): void {
    const clean = this.#checkedName(name, id);
    if (clean !== undefined) this.#change(id, (list) => ({ ...list, name: clean }));
  }

  /** Replaces the symbols of a list. */
  setSymbols(id: string, symbols: readonly string[]): void {
    const usable = [...new Set(symbols)].filter(isSymbol);
    const kept = usable.slice(0, WATCHLIST_LIMITS.symbolsMax);
    this.#change(id, (list) => ({ ...list, symbols: kept }));
    if (kept.length < usable.length) {
      this.notice.value = `A list holds ${WATCHLIST_LIMITS.symbolsMax} symbols at most.`;
    } else if (usable.length < new Set(symbols).size) {
      const max = WATCHLIST_LIMITS.symbolCharactersMax;
      this.notice.value = `A symbol has 1 to ${max} characters; the others were left out.`;
    }
  }

  /** Puts a symbol on the shown list, or on the first while all prices are shown; or takes it off. */
  toggle(symbol: string): void {
    const id = this.active.peek()?.id ?? this.#lists.peek()[0]?.id ?? this.add(FIRST_NAME);
    const list = this.get(id ?? "");
    if (list === undefined) return;
    const without = list.symbols.filter((other) => other !== symbol);
    const isOn = without.length < list.symbols.length;
    this.setSymbols(list.id, isOn ? without : [...list.symbols, symbol]);
  }

  /** Moves a list so many places to the right. */
  move(id: string, places: number): void {
    const lists = [...this.#lists.peek()];
    const from = lists.findIndex((list) => list.id === id);
    const [list] = from === -1 ? [] : lists.splice(from, 1);
    if (list === undefined) return;
    lists.splice(Math.min(Math.max(from + places, 0), lists.length), 0, list);
    this.#save(lists);
  }

  /** Removes a list; `restore` brings the last one back. */
  remove(id: string): void {
    const lists = this.#lists.peek();
    const index = lists.findIndex((list) => list.id === id);
    const list = lists[index];
    if (list === undefined) return;
    this.#removed.value = { list, index };
    this.#save(lists.filter((other) => other.id !== id));
  }

  /** Brings back the list that was removed last. */
  restore(): void {
    const removed = this.#removed.peek();
    if (removed === undefined) return;
    const { list, index } = removed;
    this.#removed.value = undefined;
    const lists = [...this.#lists.peek()];
    if (lists.length >= WATCHLIST_LIMITS.listsMax) return;
    lists.splice(index, 0, list);
    this.#save(lists);
  }

  /**
   * Adds symbols to the lists of these names, and makes the lists that there are none of yet; returns how
   * many symbols were new.
   */
  merge(lists: ReadonlyMap<string, readonly string[]>): number {
    let added = 0;
    let notice = "";
    for (const [name, symbols] of lists) {
      const known = this.#lists.peek().find((list) => list.name === cleanName(name));
      const id = known?.id ?? this.add(name);
      if (id !== undefined) {
        const before = this.get(id)?.symbols ?? [];
        this.setSymbols(id, [...before, ...symbols]);
        added += (this.get(id)?.symbols.length ?? 0) - before.length;
      }
      notice ||= this.notice.value;
    }
    this.notice.value = notice;
    return added;
  }

  #checkedName(name: string, id?: string): string | undefined {
    const clean = cleanName(name);
    if (clean === "") {
      this.notice.value = "A list needs a name.";
      return undefined;
    }
    if (this.#lists.peek().some((list) => list.name === clean && list.id !== id)) {
      this.notice.value = `There is a list “${clean}” already.`;
      return undefined;
    }
    return clean;
  }

  #change(id: string, change: (list: Watchlist) => Watchlist): void {
    this.#save(this.#lists.peek().map((list) => list.id === id ? change(list) : list));
  }

  #save(lists: readonly Watchlist[]): void {
    this.#lists.value = lists;
    this.#write();
  }

  #write(): void {
    const kept = { lists: this.#lists.peek(), activeId: this.#activeId.peek() };
    this.notice.value = writeStored(this.#storage, KEY, kept)
      ? ""
      : "The browser keeps nothing for this page: the lists will be gone with it.";
  }

  #read(): void {
    const stored = readStored(this.#storage, KEY, storedSchema);
    if (stored.kind === "read") {
      this.#lists.value = stored.value.lists;
      this.#activeId.value = stored.value.activeId;
    } else if (stored.kind === "unreadable") {
      // The next change would overwrite what somebody may still want to have.
      writeStored(this.#storage, UNREADABLE_KEY, stored.text);
      this.notice.value = "The watchlists in this browser cannot be read. They are set aside in " +
        `its storage, as ${UNREADABLE_KEY}.`;
    }
  }
}

function cleanName(name: string): string {
  return [...name.trim()].slice(0, WATCHLIST_LIMITS.nameCharactersMax).join("").trim();
}

/** Whether a text can be a symbol. */
export function isSymbol(value: string): boolean {
  return value !== "" && [...value].length <= WATCHLIST_LIMITS.symbolCharactersMax;
}
