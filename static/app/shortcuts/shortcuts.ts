import type { ReadonlySignal } from "@preact/signals";

/** A key and what it does. */
export interface Shortcut {
  /** As `KeyboardEvent.key` names it. */
  readonly key: string;
  /** What it does, for people to read. */
  readonly does: string;
  readonly run: () => void;
}

/** A key press, as far as it is needed. */
export type KeyPress =
  & Pick<
    KeyboardEvent,
    "key" | "ctrlKey" | "metaKey" | "altKey" | "isComposing" | "defaultPrevented" | "preventDefault"
  >
  & { readonly target: unknown };

/** Single keys for those who do not want to reach for the mouse. The user can turn them off. */
export class Shortcuts {
  readonly list: readonly Shortcut[];
  readonly #isOn: ReadonlySignal<boolean>;

  constructor(list: readonly Shortcut[], isOn: ReadonlySignal<boolean>) {
    this.list = list;
    this.#isOn = isOn;
  }

  /** Listens on the page. */
  listen(page: Pick<Document, "addEventListener">): void {
    page.addEventListener("keydown", (event) => this.press(event));
  }

  /** Does what the key is for; nothing while somebody writes, or holds a key of the browser's. */
  press(event: KeyPress): void {
    if (!this.#isOn.peek() || event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target)) return;
    const shortcut = this.list.find(({ key }) => key === event.key);
    if (shortcut === undefined) return;
    event.preventDefault();
    shortcut.run();
  }
}

/** Whether keys mean something else there. */
function takesKeys(target: unknown): boolean {
  if (typeof Element === "undefined" || !(target instanceof Element)) return false;
  return target.closest("input:not([type=radio], [type=checkbox]), textarea, select") !==
    null;
}
