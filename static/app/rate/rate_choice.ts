import type { Signal } from "@preact/signals";
import * as v from "valibot";
import { type SignalStorage, storedSignal } from "../stored_signal.ts";

/** At most one update in so many milliseconds; 0 for each change. */
export type RateMs = 0 | 250 | 1000 | 5000 | 15_000 | 60_000;

/** What the user may choose from, with the words for it. */
export const RATES: readonly { readonly rateMs: RateMs; readonly label: string }[] = [
  { rateMs: 0, label: "Every change" },
  { rateMs: 250, label: "4 a second" },
  { rateMs: 1000, label: "1 a second" },
  { rateMs: 5000, label: "Every 5 s" },
  { rateMs: 15_000, label: "Every 15 s" },
  { rateMs: 60_000, label: "Every minute" },
];

const KEY = "quotewire.rate_ms";
const rateSchema = v.pipe(
  v.string(),
  v.transform(Number),
  v.picklist(RATES.map(({ rateMs }) => rateMs)),
);

/** The rate that the user chose, kept in the browser. */
export function storedRate(storage: SignalStorage): Signal<RateMs> {
  return storedSignal<RateMs>(storage, KEY, rateSchema, 0);
}
