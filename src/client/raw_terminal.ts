/** A terminal that can hand out every key. */
export interface RawInput {
  readonly readable: ReadableStream<Uint8Array>;
  setRaw(isRaw: boolean): void;
}

/** Every key of a terminal as it is pressed, until disposed of. Deno restores it when the process exits before. */
export class RawTerminal implements Disposable {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #input: RawInput;
  #onResize: (() => void) | undefined;

  constructor(input: RawInput) {
    this.#input = input;
    this.readable = input.readable;
    input.setRaw(true);
  }

  /** Calls the listener when the window has changed its size, where the system tells. */
  onResize(listener: () => void): void {
    if (Deno.build.os === "windows") return;
    this.#onResize = listener;
    Deno.addSignalListener("SIGWINCH", listener);
  }

  [Symbol.dispose](): void {
    if (this.#onResize !== undefined) Deno.removeSignalListener("SIGWINCH", this.#onResize);
    this.#input.setRaw(false);
  }
}
