/** The box that a sparkline is drawn in, in the units of its paths. */
export const SPARKLINE_BOX = { width: 100, height: 32 } as const;

const MARGIN = 3;

/** The paths of a sparkline. */
export interface SparklinePaths {
  readonly line: string;
  /** What lies below the line. */
  readonly area: string;
}

/** The trend of prices, without axes; empty for fewer than two. */
export function sparklinePaths(prices: readonly number[]): SparklinePaths {
  if (prices.length < 2) return { line: "", area: "" };
  const { width, height } = SPARKLINE_BOX;
  const low = Math.min(...prices);
  const span = Math.max(...prices) - low;
  const points = prices.map((price, index) => {
    const x = index / (prices.length - 1) * width;
    const share = span === 0 ? 0.5 : (price - low) / span;
    const y = height - MARGIN - share * (height - 2 * MARGIN);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  const line = `M${points.join(" L")}`;
  return { line, area: `${line} L${width} ${height} L0 ${height} Z` };
}
