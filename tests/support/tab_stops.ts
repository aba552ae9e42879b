/// <reference lib="dom" />
import type { Page } from "playwright-core";

/** Where Tab leads, as assistive software and the eye find it. */
export interface TabStop {
  readonly role: string;
  readonly name: string;
  /** What is wrong with it: it has no name, cannot be seen, or does not show that it has the focus. */
  readonly faults: readonly string[];
}

const STOPS_MAX = 100;

/**
 * Presses Tab from where the focus is until it leaves the page.
 *
 * @throws {Error} when it never does
 */
export async function tabStops(page: Page): Promise<TabStop[]> {
  const inspector = await page.context().newCDPSession(page);
  const stops: TabStop[] = [];
  while (stops.length < STOPS_MAX) {
    await page.keyboard.press("Tab");
    const { result } = await inspector.send("Runtime.evaluate", {
      expression: "document.activeElement === document.body ? null : document.activeElement",
    });
    if (result.objectId === undefined) {
      await inspector.detach();
      return stops;
    }
    const { nodes: [node] } = await inspector.send("Accessibility.getPartialAXTree", {
      objectId: result.objectId,
      fetchRelatives: false,
    });
    const name = String(node?.name?.value ?? "");
    const faults = [...name === "" ? ["has no name"] : [], ...await page.evaluate(faultsInSight)];
    stops.push({ role: String(node?.role?.value ?? ""), name, faults });
  }
  throw new Error(`Cannot walk the page: must end within ${STOPS_MAX} stops, does not`);
}

/** Runs in the page. A radio button that is hidden itself is shown by what stands behind it. */
function faultsInSight(): string[] {
  const focused = document.activeElement;
  const isRadio = focused instanceof HTMLInputElement && focused.type === "radio";
  const shown = isRadio ? focused.nextElementSibling : focused;
  if (shown === null) return ["cannot be seen"];
  const { left, right, top, bottom, width, height } = shown.getBoundingClientRect();
  const isInView = right > 0 && left < innerWidth && bottom > 0 && top < innerHeight;
  const { outlineStyle, outlineWidth } = getComputedStyle(shown);
  return [
    ...isInView && width > 1 && height > 1 ? [] : ["cannot be seen"],
    ...outlineStyle !== "none" && outlineWidth !== "0px" ? [] : ["does not show its focus"],
  ];
}
