/** Colours of a chart, as any that a canvas takes. */
export interface ChartTheme {
  readonly text: string;
  readonly grid: string;
  readonly border: string;
  readonly up: string;
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
  element.append(probe);
  try {
    const color = (name: string) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    return {
      text: color("muted"),
      grid: color("chart-grid"),
      border: color("line"),
      up: color("up"),
      down: color("down"),
      line: color("accent"),
      compared: Array.from({ length: COMPARED_MAX }, (_, index) => color(`series-${index + 1}`)),
    };
  } finally {
    probe.remove();
  }
}
