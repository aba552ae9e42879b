import type { Ref } from "preact";
import { ARROWS, changeOf, directionOf, isoTime } from "../../../src/client/quote_format.ts";
import { format } from "../format.ts";
import type { SymbolModel } from "./symbol_model.ts";

const SPOKEN = { up: "up", down: "down", flat: "unchanged" };

/** The symbol's name, its newest price, and its day. */
export function SymbolHead(
  { model, isOld, heading }: {
    readonly model: SymbolModel;
    readonly isOld: boolean;
    readonly heading: Ref<HTMLHeadingElement>;
  },
) {
  return (
    <header class="symbol-head">
      <h2 id="symbol-name" ref={heading} tabIndex={-1} title={model.symbol}>
        <bdi>{model.symbol}</bdi>
      </h2>
      <Price model={model} isOld={isOld} />
      <Day model={model} />
    </header>
  );
}

function Price({ model, isOld }: { readonly model: SymbolModel; readonly isOld: boolean }) {
  const quote = model.headline.value;
  if (quote === undefined) return null;
  const change = changeOf(quote);
  const direction = directionOf(change.amount);
  return (
    <p class={`symbol-price is-${direction}`}>
      <span class="symbol-figure">{format.price(quote.price)}</span>{" "}
      <span class="symbol-change">
        <span aria-hidden="true">{ARROWS[direction]}</span>
        <span class="visually-hidden">{SPOKEN[direction]} today:</span>{" "}
        {format.amount(change.amount, quote.price)} ({format.percent(change.ratio)})
      </span>
      {isOld && <span class="symbol-stale">Not live</span>}
      <span class="symbol-moment">
        <bdi>{quote.source}</bdi>,{" "}
        <time dateTime={isoTime(quote.timestamp)}>{format.dateAndTime(quote.timestamp)}</time>
      </span>
    </p>
  );
}

/** Open, high and low since midnight UTC, of the sources that are shown. */
function Day({ model }: { readonly model: SymbolModel }) {
  model.version.value;
  const { day } = model;
  if (day === undefined) return null;
  const facts = [["Open", day.open], ["High", day.high], ["Low", day.low]] as const;
  return (
    <dl class="symbol-day" aria-label="Today, UTC">
      {facts.map(([name, figure]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{format.price(figure)}</dd>
        </div>
      ))}
    </dl>
  );
}
