import { computed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import {
  ARROWS,
  changeOf,
  type Direction,
  directionOf,
  isoTime,
} from "../../src/client/quote_format.ts";
import type { ChatStore } from "./chat/chat_store.ts";
import { TalkButton } from "./chat/talk_button.tsx";
import { format } from "./format.ts";
import type { PriceRow } from "./price_row.ts";
import type { PriceStore } from "./price_store.ts";
import { symbolHref } from "./route.ts";
import { Sparkline } from "./sparkline.tsx";

const SPOKEN: Record<Direction, string> = { up: "up", down: "down", flat: "unchanged" };

/** One symbol from one source. Renders when its own price changes, and at no other time. */
export function PriceCard(
  { row, store, chat }: {
    readonly row: PriceRow;
    readonly store: PriceStore;
    readonly chat: ChatStore;
  },
) {
  const { quote, moves } = row.state.value;
  const change = changeOf(quote);
  const day = directionOf(change.amount);
  const tick = directionOf(quote.price - (quote.previousPrice ?? quote.price));
  return (
    <li class={`card is-${day}`}>
      <h2 class="card-name">
        <a class="card-symbol" href={symbolHref(quote.symbol)} title={quote.symbol}>
          {quote.symbol}
        </a>
        <span class="card-source" title={quote.source}>{quote.source}</span>
      </h2>
      <Sparkline history={quote.history} />
      <p class={`card-price ${flashClass(tick, moves)}`}>
        <span class="card-figure">{format.price(quote.price)}</span>
        <span class={`tick is-${tick}`} aria-hidden="true">
          {tick === "flat" ? "" : ARROWS[tick]}
        </span>
      </p>
      <p class="card-change">
        <span aria-hidden="true">{ARROWS[day]}</span>
        <span class="visually-hidden">{SPOKEN[day]} today:</span>{" "}
        <span>{format.amount(change.amount, quote.price)}</span>{" "}
        <span class="card-percent">{format.percent(change.ratio)}</span>
      </p>
      <p class="card-time">
        <time dateTime={isoTime(quote.timestamp)} title={format.dateAndTime(quote.timestamp)}>
          {format.time(quote.timestamp)}
        </time>
        <Age row={row} store={store} />
        <TalkButton symbol={quote.symbol} chat={chat} />
      </p>
    </li>
  );
}

/** Two names for one animation: only a change of name makes a browser run it again. */
function flashClass(tick: Direction, moves: number): string {
  return moves === 0 || tick === "flat" ? "" : `flash-${tick}-${moves % 2}`;
}

function Age({ row, store }: { readonly row: PriceRow; readonly store: PriceStore }) {
  const age = useMemo(
    () =>
      computed(() => format.ago(store.serverNowMs.value - row.state.value.quote.timestamp * 1000)),
    [row, store],
  );
  return <span class="card-age">{age}</span>;
}
