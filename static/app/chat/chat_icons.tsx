/** A speech bubble. */
export function BubbleIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M3 2.5h10A1.5 1.5 0 0 1 14.5 4v6A1.5 1.5 0 0 1 13 11.5H7.5L4 14.5v-3H3A1.5 1.5 0 0 1 1.5 10V4A1.5 1.5 0 0 1 3 2.5Z" />
    </svg>
  );
}

/** A cross. */
export function CloseIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M3.5 3.5 L12.5 12.5 M12.5 3.5 L3.5 12.5" />
    </svg>
  );
}

/** A plus. */
export function PlusIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M8 2.5 V13.5 M2.5 8 H13.5" />
    </svg>
  );
}

/** A paper clip. */
export function ClipIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M13 7.5 L7.8 12.7 A3.2 3.2 0 0 1 3.3 8.2 L8.7 2.8 A2.1 2.1 0 0 1 11.7 5.8 L6.6 10.9 A1 1 0 0 1 5.2 9.5 L9.8 4.9" />
    </svg>
  );
}

/** A sheet of paper. */
export function FileIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M4 1.5 H9.5 L12.5 4.5 V14.5 H4 Z M9.5 1.5 V4.5 H12.5" />
    </svg>
  );
}
