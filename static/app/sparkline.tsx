import type { PricePoint } from "../../src/price/price_table.ts";
import { format } from "./format.ts";

const WIDTH = 100;
const HEIGHT = 32;
const MARGIN = 3;

/** The course of the last prices, without axes. */
export function Sparkline({ history }: { readonly history: readonly PricePoint[] }) {
  const prices = history.map(({ price }) => price);
  const [first, last] = [prices[0], prices.at(-1)];
  if (first === undefined || last === undefined || prices.length < 2) {
    return <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
  }
  const line = linePath(prices);
  const label = `Last ${prices.length} prices, from ${format.price(first)} to ${
    format.price(last)
  }`;
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path class="sparkline-area" d={`${line} L${WIDTH} ${HEIGHT} L0 ${HEIGHT} Z`} />
      <path class="sparkline-line" d={line} />
    </svg>
  );
}

function linePath(prices: readonly number[]): string {
  const low = Math.min(...prices);
  const span = Math.max(...prices) - low;
  const points = prices.map((price, index) => {
    const x = index / (prices.length - 1) * WIDTH;
    const height = span === 0 ? 0.5 : (price - low) / span;
    const y = HEIGHT - MARGIN - height * (HEIGHT - 2 * MARGIN);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join(" L")}`;
}
