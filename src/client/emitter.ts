/** Called when a listener threw, with the event's name and what was thrown. */
export type ListenerFailure = (name: string, thrown: unknown) => void;

/** Typed events: `Events` maps each name to what its listeners are given. */
export class Emitter<Events extends object> {
  readonly #listeners: { [Name in keyof Events]?: Set<(event: Events[Name]) => void> } = {};
  readonly #onFailure: ListenerFailure;

  /** @param onFailure told about each listener that throws; the other listeners still run */
  constructor(onFailure: ListenerFailure) {
    this.#onFailure = onFailure;
  }

  /** Adds a listener and returns the function that removes it. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    // A wrapper of its own, so that the same function added twice is called and removed twice.
    const own = (event: Events[Name]) => listener(event);
    const listeners = this.#listeners[name] ?? new Set();
    listeners.add(own);
    this.#listeners[name] = listeners;
    return () => listeners.delete(own);
  }

  /** Whether anybody listens. */
  has(name: keyof Events): boolean {
    return (this.#listeners[name]?.size ?? 0) > 0;
  }

  /** Calls the listeners in the order in which they were added; those added meanwhile wait for the next event. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of [...this.#listeners[name] ?? []]) {
      try {
        listener(event);
      } catch (thrown) {
        this.#onFailure(String(name), thrown);
      }
    }
  }
}

/** Makes what was thrown an uncaught error of the program, whatever the program runs on. */
export function throwUncaught(thrown: unknown): void {
  if (typeof reportError === "function") return reportError(thrown);
  // Node.js has no other way.
  queueMicrotask(() => {
    throw thrown;
  });
}
