/** Entry point of the chart's bundle, which pages load when they first show one: the library is large. */
export { readChartTheme } from "./chart_theme.ts";
export { PriceChart } from "./price_chart.ts";
