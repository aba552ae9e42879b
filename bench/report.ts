import {
  type Column,
  faultsOf,
  type Figure,
  isMet,
  median,
  type ScenarioResult,
  spread,
  type VariantResult,
} from "./result.ts";

/** The result of one scenario in Markdown: what was asked for, and every variant. */
export function scenarioReport(result: ScenarioResult): string {
  const parts = [`### ${result.title}`, provenance(result)];
  if (result.figures.length > 0) parts.push(figureTable(result.figures));
  parts.push(variantTable(result));
  const lacks = shortcomings(result);
  if (lacks !== "") parts.push(lacks);
  return parts.join("\n\n");
}

/** What could not be tried, and which runs were wrong, with the reasons. */
function shortcomings({ variants }: ScenarioResult): string {
  return variants.flatMap((variant) => [
    ...variant.notRun === undefined ? [] : [`- not run: ${variant.name}: ${variant.notRun}`],
    ...faultsOf(variant).map((fault) => `- FAULT: ${variant.name}: ${fault}`),
  ]).join("\n");
}

function provenance({ date, commit, machine, versions, setup }: ScenarioResult): string {
  const list = (entries: Readonly<Record<string, string | number>>) =>
    Object.entries(entries).map(([name, value]) => `${name} ${value}`).join(", ");
  return `Measured ${date} UTC at ${commit}; ${list(setup)}; ${list(machine)}; ${list(versions)}.`;
}

function figureTable(figures: readonly Figure[]): string {
  return table(
    ["figure", "measured", "must be", ""],
    figures.map((figure) => [
      figure.name,
      figure.value === undefined ? "no figure" : `${round(figure.value)} ${figure.unit}`,
      bound(figure),
      verdict(figure),
    ]),
  );
}

function verdict(figure: Figure): string {
  if (figure.value === undefined) return "unknown";
  if (figure.max === undefined && figure.min === undefined) return "";
  return isMet(figure) ? "met" : "missed";
}

function bound({ max, min, unit }: Figure): string {
  const bounds = [
    ...min === undefined ? [] : [`at least ${round(min)} ${unit}`],
    ...max === undefined ? [] : [`at most ${round(max)} ${unit}`],
  ];
  return bounds.join(", ");
}

function variantTable({ variants, columns }: ScenarioResult): string {
  return table(
    ["variant", ...columns.map(({ title }) => title)],
    variants.map((variant) => [
      variant.name,
      ...columns.map((column) => cell(variant, column)),
    ]),
  );
}

/** The median, and the range where the runs differ visibly. */
function cell(variant: VariantResult, { key, digits }: Column): string {
  const value = median(variant, key);
  const range = spread(variant, key);
  if (value === undefined || range === undefined) return "";
  const [low, high] = range.map((bound) => bound.toFixed(digits));
  const text = group(value.toFixed(digits));
  return low === high ? text : `${text} (${group(low ?? "")} to ${group(high ?? "")})`;
}

function round(value: number): string {
  if (value !== 0 && Math.abs(value) < 10) return String(Number(value.toPrecision(3)));
  return group(value.toFixed(value < 100 ? 1 : 0).replace(/\.0$/, ""));
}

/** Thousands apart. */
function group(digits: string): string {
  return digits.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ",");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) =>
    Math.max(3, cell.length, ...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)]
    .join("\n");
}
