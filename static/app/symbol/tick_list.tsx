import { ARROWS, directionOf, isoTime } from "../../../src/client/quote_format.ts";
import { format } from "../format.ts";
import type { SymbolModel } from "./symbol_model.ts";

/** The last prices as they came, newest first. */
export function TickList({ model }: { readonly model: SymbolModel }) {
  const ticks = model.ticks.list.value;
  return (
    <section class="ticks" aria-labelledby="ticks-title">
      <h3 id="ticks-title">Last prices</h3>
      <p id="ticks-note" class="ticks-note">
        Newest first, as this page received them.
      </p>
      <div
        class="ticks-scroll"
        tabIndex={0}
        role="group"
        aria-labelledby="ticks-title"
        aria-describedby="ticks-note"
      >
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Source</th>
              <th scope="col" class="figure">Price</th>
              <th scope="col" class="figure">Change</th>
            </tr>
          </thead>
          <tbody>
            {ticks.map(({ number, source, price, timestamp, change }) => {
              const direction = directionOf(change ?? 0);
              return (
                <tr key={number} class={`is-${direction}`}>
                  <td>
                    <time dateTime={isoTime(timestamp)}>{momentOf(timestamp)}</time>
                  </td>
                  <td class="tick-source" title={source}>
                    <bdi>{source}</bdi>
                  </td>
                  <td class="figure">{format.price(price)}</td>
                  <td class="figure tick-change">
                    <span aria-hidden="true">{ARROWS[direction]}</span>{" "}
                    {change !== undefined && format.amount(change, price)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Prices of other days say so. */
function momentOf(timestamp: number): string {
  const isToday = new Date(timestamp * 1000).toDateString() === new Date().toDateString();
  return isToday ? format.time(timestamp) : format.dateAndTime(timestamp);
}
