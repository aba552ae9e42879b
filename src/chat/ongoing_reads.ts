/** What is being read of the history for members of rooms: one thing of a kind at a time for each of them. */
export class OngoingReads {
  readonly #controllers = new Map<string, AbortController>();

  /**
   * Reads something, in the place of what is being read for that member already.
   *
   * @param read is told by the signal when nobody waits for it any more
   */
  async run(
    room: string,
    session: string,
    read: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    this.stop(room, session);
    const key = keyOf(room, session);
    const controller = new AbortController();
    this.#controllers.set(key, controller);
    try {
      await read(controller.signal);
    } finally {
      if (this.#controllers.get(key) === controller) this.#controllers.delete(key);
    }
  }

  /** Nobody waits any more for what is being read for that member. */
  stop(room: string, session: string): void {
    const key = keyOf(room, session);
    this.#controllers.get(key)?.abort();
    this.#controllers.delete(key);
  }
}

/** No session has a space in its name. */
function keyOf(room: string, session: string): string {
  return `${session} ${room}`;
}
