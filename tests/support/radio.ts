import type { Locator } from "playwright-core";
import { waitFor } from "./wait_for.ts";

/**
 * Chooses a radio button as somebody with a mouse does, by the label around it, once that stands still. The
 * button itself is hidden, and what is laid out in its place may have changed by the time of a click.
 */
export async function chooseRadio(radio: Locator): Promise<void> {
  await radio.locator("xpath=..").click();
  await waitFor("the radio button to be chosen", () => radio.isChecked());
}
