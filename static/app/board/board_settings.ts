import { effect, signal } from "@preact/signals";
import * as v from "valibot";
import type { PageStorage } from "../page_storage.ts";
import { type Sort, SORT_COLUMNS } from "./sort.ts";
import { readStored, writeStored } from "./stored.ts";

/** Two ways to see the same prices: large, or many. */
export type BoardView = "cards" | "table";

const KEY = "quotewire.board";

const settingsSchema = v.object({
  view: v.picklist(["cards", "table"]),
  sort: v.optional(v.object({ column: v.picklist(SORT_COLUMNS), isDescending: v.boolean() })),
});

/** How the user likes the board; the browser remembers it. */
export class BoardSettings {
  readonly view = signal<BoardView>("cards");
  readonly sort = signal<Sort | undefined>(undefined);

  constructor(storage: PageStorage) {
    const stored = readStored(storage, KEY, settingsSchema);
    if (stored.kind === "read") {
      this.view.value = stored.value.view;
      this.sort.value = stored.value.sort;
    }
    effect(() => {
      writeStored(storage, KEY, { view: this.view.value, sort: this.sort.value });
    });
  }
}
