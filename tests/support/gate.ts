/** What stands in the memory: nothing yet, somebody waits, or it is open for good. */
const [WAITING, OPEN] = [1, 2] as const;
const WAIT_MS_MAX = 30_000;

/** A gate that an isolate stops at, deaf and mute, until another opens it. */
export class Gate {
  /** What another isolate needs to stop at the same gate. */
  readonly memory: SharedArrayBuffer;
  readonly #state: Int32Array;

  constructor(memory = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#state = new Int32Array(memory);
  }

  /** Whether somebody has come to the gate. */
  get isReached(): boolean {
    return Atomics.load(this.#state, 0) !== 0;
  }

  /** Stops the whole isolate until the gate is open, for 30 s at most. */
  pass(): void {
    Atomics.compareExchange(this.#state, 0, 0, WAITING);
    Atomics.wait(this.#state, 0, WAITING, WAIT_MS_MAX);
  }

  open(): void {
    Atomics.store(this.#state, 0, OPEN);
    Atomics.notify(this.#state, 0);
  }
}
