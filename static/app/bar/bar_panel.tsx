import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { CloseIcon } from "../chat/chat_icons.tsx";

const GAP_PX = 8;

/** How a `BarPanel` is used. */
export interface BarPanelProps {
  /** Of the panel in the document. */
  readonly id: string;
  readonly title: string;
  /** What stands on the button, with its accessible name. */
  readonly button: ComponentChildren;
  readonly buttonClass?: string;
  readonly buttonTitle?: string;
  /** Drawn while the panel is open. */
  readonly children: ComponentChildren;
  opened?(): void;
  closed?(): void;
}

/**
 * A button of the bar with a panel that opens below it. The browser's own popover: Escape and a click
 * elsewhere close it, and it follows its button in the order of the Tab key.
 */
export function BarPanel(props: BarPanelProps) {
  const { id, title } = props;
  const isOpen = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const toggled = ({ newState }: Pick<ToggleEvent, "newState">) => {
    isOpen.value = newState === "open";
    if (isOpen.value) {
      props.opened?.();
      // Somebody quick may be in it by now.
      if (panel.current?.contains(document.activeElement) === false) panel.current.focus();
      return;
    }
    props.closed?.();
    if (isFocusLost(panel.current)) button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        id={`${id}-button`}
        class={props.buttonClass ?? "bar-button"}
        title={props.buttonTitle}
        popovertarget={id}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
      >
        {props.button}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        class="bar-panel"
        role="dialog"
        tabIndex={-1}
        aria-labelledby={`${id}-title`}
        onBeforeToggle={() => place(panel.current, button.current)}
        onToggle={toggled}
        onKeyDown={(event) => {
          // It closes the panel, and nothing that lies below.
          if (event.key === "Escape") event.stopPropagation();
        }}
      >
        <div class="bar-panel-head">
          <h2 id={`${id}-title`}>{title}</h2>
          <button
            type="button"
            class="icon-button"
            aria-label={`Close ${title.toLowerCase()}`}
            title="Close (Escape)"
            onClick={() => panel.current?.hidePopover()}
          >
            <CloseIcon />
          </button>
        </div>
        {isOpen.value && props.children}
      </div>
    </>
  );
}

/** Opens or closes the panel of that id as a click on its button would, with the focus on the button. */
export function toggleBarPanel(id: string): void {
  const button = document.getElementById(`${id}-button`);
  button?.focus();
  button?.click();
}

/** Below its button, within the window; on a phone the style sheet knows better. */
function place(panel: HTMLElement | null, button: HTMLElement | null): void {
  if (panel === null || button === null) return;
  const { bottom, left, right } = button.getBoundingClientRect();
  const isLeft = (left + right) / 2 < innerWidth / 2;
  panel.style.setProperty("--panel-top", `${Math.round(bottom + GAP_PX)}px`);
  panel.style.setProperty("--panel-left", isLeft ? `${Math.round(left)}px` : "auto");
  const fromRight = Math.max(document.documentElement.clientWidth - right, GAP_PX);
  panel.style.setProperty("--panel-right", isLeft ? "auto" : `${Math.round(fromRight)}px`);
}

function isFocusLost(panel: HTMLElement | null): boolean {
  const focused = document.activeElement;
  return focused === null || focused === document.body || panel?.contains(focused) === true;
}
