import { CloseIcon } from "../chat/chat_icons.tsx";
import type { Shortcuts } from "./shortcuts.ts";

const ID = "shortcuts";

/** Shows what the keys do. The browser gives the focus back to where it was. */
export function showShortcuts(): void {
  const dialog = document.getElementById(ID);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

/** What the keys do, once asked for. */
export function ShortcutsDialog({ shortcuts }: { readonly shortcuts: Shortcuts }) {
  return (
    <dialog
      id={ID}
      class="shortcuts"
      aria-labelledby="shortcuts-title"
      closedby="any"
      onKeyDown={(event) => event.stopPropagation()}
    >
      <form method="dialog" class="bar-panel-head">
        <h2 id="shortcuts-title">Keyboard shortcuts</h2>
        <button
          type="submit"
          class="icon-button"
          aria-label="Close keyboard shortcuts"
          title="Close (Escape)"
        >
          <CloseIcon />
        </button>
      </form>
      <dl class="key-table">
        {shortcuts.list.map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Esc</kbd>
          </dt>
          <dd>Close what is open</dd>
        </div>
      </dl>
      <p class="panel-note">They can be turned off in the settings.</p>
    </dialog>
  );
}
