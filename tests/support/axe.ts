import axe from "axe-core";
import type { Page } from "playwright-core";

/** Rules of WCAG 2.2 at levels A and AA, and what axe's authors hold for good practice. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/**
 * Faults in accessibility that axe finds on the page as it stands: "rule: elements". Everything counts,
 * contrast included.
 */
export async function axeFaults(page: Page): Promise<string[]> {
  const isThere = await page.evaluate(() => Reflect.has(globalThis, "axe"));
  if (!isThere) await page.evaluate(axe.source);
  return await page.evaluate(async (tags) => {
    const run: unknown = Reflect.get(globalThis, "axe").run;
    if (typeof run !== "function") throw new Error("Cannot run axe: must be loaded, is not");
    const { violations } = await run(document, { runOnly: tags });
    const faults: string[] = [];
    for (const { id, nodes } of violations) {
      for (const { html, failureSummary } of nodes) {
        faults.push(`${id}: ${html.slice(0, 160)} ${failureSummary}`);
      }
    }
    return faults;
  }, TAGS);
}
