/** Colours of a chart, as any that a canvas takes. */
export interface ChartTheme {
  readonly text: string;
  readonly grid: string;
  readonly border: string;
  readonly up: string;
  /** Inside of candles that rose: where there are no colours, they are hollow. */
  readonly upFill: string;
  readonly down: string;
  readonly line: string;
  /** Of sources that are compared, in their order. */
  readonly compared: readonly string[];
}

/** Sources that can be told apart by colour. */
export const COMPARED_MAX = 6;

/**
 * Reads the page's colours. They are custom properties, whose text may itself be a rule (`light-dark()`),
 * so that a browser has to work them out on an element.
 */
export function readChartTheme(element: HTMLElement): ChartTheme {
  const probe = document.createElement("span");
  // A canvas keeps its colours, whatever the system forces on text; the styles have some for that.
  probe.style.forcedColorAdjust = "none";
  element.append(probe);
  try {
    const color = (name: string) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    return {
      text: color("chart-text"),
      grid: color("chart-grid"),
      border: color("chart-border"),
      up: color("chart-up"),
      upFill: color("chart-up-fill"),
      down: color("chart-down"),
      line: color("accent"),
      compared: Array.from({ length: COMPARED_MAX }, (_, index) => color(`series-${index + 1}`)),
    };
  } finally {
    probe.remove();
  }
}
