import type { EventLoop, Isolate } from "./event_loop.ts";

/** One end of a channel between two isolates: in order, without loss, but never at once. */
class Port {
  readonly #loop: EventLoop;
  readonly #delayMs: () => number;
  other: Port | undefined;
  #isolate: Isolate;
  #receive: ((event: { readonly data: unknown }) => void) | undefined;
  /** When the last message on the way to this end arrives: none overtakes another. */
  #arrivalMs = 0;
  #open = true;

  readonly #posted: (data: unknown) => void;

  constructor(loop: EventLoop, delayMs: () => number, posted: (data: unknown) => void) {
    this.#loop = loop;
    this.#posted = posted;
    this.#delayMs = delayMs;
    this.#isolate = loop.current;
  }

  /** Whoever listens owns this end: ports are made in one isolate and handed to another. */
  set onmessage(receive: (event: { readonly data: unknown }) => void) {
    this.#isolate = this.#loop.current;
    this.#receive = receive;
  }

  postMessage(data: unknown): void {
    if (!this.#open) return;
    this.#posted(data);
    this.other?.arrive(structuredClone(data));
  }

  close(): void {
    this.#open = false;
  }

  /** Takes what the other end sends. */
  arrive(data: unknown): void {
    const { nowMs } = this.#loop;
    this.#arrivalMs = Math.max(this.#arrivalMs, nowMs + this.#delayMs());
    this.#loop.schedule(this.#isolate, this.#arrivalMs - nowMs, () => {
      if (this.#open) this.#receive?.({ data });
    });
  }
}

/**
 * What `new MessageChannel()` gives, as far as it is used.
 *
 * @param posted sees what is sent
 */
export function openMessageChannel(
  loop: EventLoop,
  delayMs: () => number,
  posted: (data: unknown) => void,
): { port1: Port; port2: Port } {
  const [port1, port2] = [
    new Port(loop, delayMs, posted),
    new Port(loop, delayMs, posted),
  ];
  port1.other = port2;
  port2.other = port1;
  return { port1, port2 };
}
