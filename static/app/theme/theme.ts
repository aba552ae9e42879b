import type { Signal } from "@preact/signals";
import * as v from "valibot";
import { type SignalStorage, storedSignal } from "../stored_signal.ts";

/** What the user may choose from. */
export const THEMES = ["system", "light", "dark"] as const;

/** Whose colours the page wears. */
export type Theme = typeof THEMES[number];

/** static/theme.js reads it too, before anything is drawn. */
export const THEME_KEY = "quotewire.theme";

/** Where the page says which theme it wears. */
export type ThemedElement = Pick<HTMLElement, "dataset">;

/** The theme that the user chose, kept in the browser and worn by `root`. */
export function storedTheme(storage: SignalStorage, root: ThemedElement): Signal<Theme> {
  const theme = storedSignal(storage, THEME_KEY, v.picklist(THEMES), "system");
  theme.subscribe((next) => {
    if (next === "system") delete root.dataset.theme;
    else root.dataset.theme = next;
  });
  return theme;
}

/** Follows what the user chooses in another tab. */
export function followTheme(theme: Signal<Theme>, window: Pick<Window, "addEventListener">): void {
  window.addEventListener("storage", ({ key, newValue }) => {
    const result = v.safeParse(v.picklist(THEMES), newValue);
    if (key === THEME_KEY && result.success) theme.value = result.output;
  });
}

/** Colours the frame that a browser or system draws around the page as the page's own bar. */
export function colourFrame(theme: Signal<Theme>, page: Document): void {
  const colour = () => {
    // Two are in the page for the time before this runs, one for each of the system's themes.
    const surface = getComputedStyle(page.documentElement).getPropertyValue("--surface");
    for (const meta of page.querySelectorAll('meta[name="theme-color"]')) {
      meta.setAttribute("content", surface);
    }
  };
  theme.subscribe(colour);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colour);
}
