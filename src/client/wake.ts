/** The part of a window that tells when a page or its machine comes back to life. */
export type WakeSource = Pick<EventTarget, "addEventListener" | "removeEventListener">;

/** A timer may be minutes late in each of these moments: a shown tab, a restored page, a new network. */
const WAKE_EVENTS = ["visibilitychange", "pageshow", "online"] as const;

/**
 * Calls `onWake` whenever the page may have slept. Outside a browser these events never come, which is
 * all right: then only the watchdog's timer notices a sleep.
 *
 * @returns the function that stops listening
 */
export function listenForWake(source: WakeSource, onWake: () => void): () => void {
  const listener = () => onWake();
  for (const name of WAKE_EVENTS) source.addEventListener(name, listener);
  return () => {
    for (const name of WAKE_EVENTS) source.removeEventListener(name, listener);
  };
}

/** The window, or where there is none, something that never tells. */
export function platformWakeSource(): WakeSource {
  return "addEventListener" in globalThis ? globalThis : new EventTarget();
}
