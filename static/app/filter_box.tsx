import { priceCount } from "../../src/client/quote_format.ts";
import type { PriceStore } from "./price_store.ts";

/** Narrows the list to what contains the words typed. */
export function FilterBox({ store }: { readonly store: PriceStore }) {
  const shown = store.rows.value.length;
  const all = store.rowCount.value;
  return (
    <search class="filter">
      <label class="visually-hidden" for="filter">Filter by symbol or source</label>
      <input
        id="filter"
        type="search"
        placeholder="Filter by symbol or source"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={store.filter}
        onInput={(event) => store.filter.value = event.currentTarget.value}
      />
      <span class="filter-count">
        {shown === all ? priceCount(all) : `${shown} of ${priceCount(all)}`}
      </span>
    </search>
  );
}
