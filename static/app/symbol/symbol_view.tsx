import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { FeedClient } from "../../../src/client/feed_client.ts";
import type { Health } from "../../../src/client/health.ts";
import { CandleTable } from "./candle_table.tsx";
import { candleRequests } from "./candle_requests.ts";
import type { ChartChoices } from "./chart_choices.ts";
import { ChartFrame } from "./chart_frame.tsx";
import { ChartSettings } from "./chart_settings.tsx";
import { SymbolHead } from "./symbol_head.tsx";
import { SymbolModel } from "./symbol_model.ts";
import { TickList } from "./tick_list.tsx";

/** What the view of a symbol stands on. */
export interface SymbolViewContext {
  readonly client: FeedClient;
  readonly health: ReadonlySignal<Health>;
  /** What a request to the API carries. */
  readonly access: { headers(): Record<string, string> };
  readonly choices: ChartChoices;
}

const BOARD_HREF = "#/";

/** One symbol: its price, its chart, and the last prices as they came. */
export function SymbolView(
  { symbol, client, health, access, choices }: SymbolViewContext & { readonly symbol: string },
) {
  const model = useMemo(
    () => new SymbolModel(symbol, choices, client, candleRequests(() => access.headers())),
    [symbol, choices, client, access],
  );
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    model.open();
    return () => model.close();
  }, [model]);
  useLayoutEffect(() => {
    scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, [model]);
  useEffect(() => {
    addEventListener("keydown", leaveOnEscape);
    return () => removeEventListener("keydown", leaveOnEscape);
  }, []);
  const { kind } = health.value;
  const isOld = kind === "old" || kind === "over";
  return (
    <section class={isOld ? "symbol-view is-old" : "symbol-view"} aria-labelledby="symbol-name">
      <a class="symbol-back" href={BOARD_HREF}>
        <span aria-hidden="true">←</span> All prices
      </a>
      <SymbolHead model={model} isOld={isOld} heading={heading} />
      <Body model={model} isFeedKnown={kind === "live" || kind === "delayed" || isOld} />
    </section>
  );
}

function Body({ model, isFeedKnown }: { readonly model: SymbolModel; isFeedKnown: boolean }) {
  model.version.value;
  const hasCandles = model.shown.value.some(({ track }) => track.series.last !== undefined);
  if (isFeedKnown && model.isLoaded.value && !hasCandles && model.quotes.value.length === 0) {
    return <UnknownSymbol symbol={model.symbol} />;
  }
  return (
    <div class="symbol-body">
      <div class="symbol-chart">
        <ChartSettings model={model} />
        <ChartFrame model={model} />
        <CandleTable model={model} />
      </div>
      <TickList model={model} />
    </div>
  );
}

function UnknownSymbol({ symbol }: { readonly symbol: string }) {
  return (
    <div class="empty">
      <h3>
        No prices of <bdi>{symbol}</bdi>
      </h3>
      <p>
        Nobody has written a price of this symbol yet, or you may not see it. Its prices show here
        as soon as there are any.
      </p>
      <a href={BOARD_HREF}>All prices</a>
    </div>
  );
}

/** Escape belongs first to what is open or typed into. */
function leaveOnEscape(event: KeyboardEvent): void {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const { target } = event;
  const owner = "input:not([type=radio], [type=checkbox]), textarea, select, dialog, aside";
  if (target instanceof Element && target.closest(owner) !== null) return;
  if (document.querySelector("dialog[open], :popover-open") !== null) return;
  location.hash = BOARD_HREF;
}
