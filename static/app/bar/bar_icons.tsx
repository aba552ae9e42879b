/** A bell. */
export function BellIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M3 11.5 H13 C11.8 10.4 11.5 9 11.5 6.8 A3.5 3.5 0 0 0 4.5 6.8 C4.5 9 4.2 10.4 3 11.5 Z M6.6 13.5 A1.5 1.5 0 0 0 9.4 13.5" />
    </svg>
  );
}

/** Two sliders. */
export function SlidersIcon() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M2 5 H8 M12 5 H14 M2 11 H4 M8 11 H14" />
      <circle cx="10" cy="5" r="1.9" />
      <circle cx="6" cy="11" r="1.9" />
    </svg>
  );
}
