import type { Random } from "../../src/aggregator/random.ts";
import type { EventLoop } from "./event_loop.ts";
import { openMessageChannel } from "./message_channel.ts";
import { type Ring, RingChannel } from "./ring.ts";

/** Memory for batches, in place of megabytes: it is soon written full, and begun again. */
const BATCH_MEMORY_BYTES = 24 * 1024;
const LARGE_BYTES = 1024 * 1024;

/** What one turn of an event loop may take. */
const IMMEDIATE_MS_MAX = 5;

/** When simulated time begins, in milliseconds since the unix epoch. */
export const START_MS = 1_800_000_000_000;

/**
 * What the code under test takes from the platform: clocks, timers, chance, and the channels between
 * isolates. Its classes run unchanged and find the simulation's in the places of the real ones, for as
 * long as this object lives. So whatever is written tomorrow is under simulated time as well, and no
 * class has to carry a clock around for the sake of a test.
 */
export class Platform implements Disposable {
  readonly #restore: (() => void)[] = [];

  /**
   * @param portDelayMs draws how long a message through a port takes
   * @param posted sees what isolates send to each other, one to one
   */
  constructor(
    loop: EventLoop,
    random: Random,
    ring: Ring,
    portDelayMs: () => number,
    posted: (data: unknown) => void,
  ) {
    this.#replace(performance, "now", () => loop.nowMs);
    this.#replace(
      Date,
      "now",
      () => START_MS + Math.floor(loop.nowMs) + loop.current.clock.aheadMs,
    );
    this.#replace(Math, "random", () => random.uniform());
    this.#replace(crypto, "randomUUID", () => uuid(random));
    this.#replace(globalThis, "setTimeout", (task: () => void, delayMs = 0) => {
      return { cancel: loop.schedule(loop.current, delayMs, task) };
    });
    this.#replace(globalThis, "setInterval", (task: () => void, intervalMs: number) => {
      const timer = { cancel: () => {} };
      const arm = () => {
        timer.cancel = loop.schedule(loop.current, intervalMs, () => {
          arm();
          task();
        });
      };
      arm();
      return timer;
    });
    this.#replace(globalThis, "setImmediate", (task: () => void) => {
      // What goes on in that turn of the event loop takes its time.
      return { cancel: loop.schedule(loop.current, random.below(IMMEDIATE_MS_MAX + 1), task) };
    });
    const clear = (timer: { cancel(): void } | undefined) => timer?.cancel();
    this.#replace(globalThis, "clearTimeout", clear);
    this.#replace(globalThis, "clearInterval", clear);
    this.#replace(globalThis, "clearImmediate", clear);
    this.#replace(
      globalThis,
      "BroadcastChannel",
      function (name: string): RingChannel {
        return new RingChannel(ring, name);
      },
    );
    this.#replace(globalThis, "SharedArrayBuffer", smallMemory(SharedArrayBuffer));
    this.#replace(globalThis, "MessageChannel", function () {
      return openMessageChannel(loop, portDelayMs, posted);
    });
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore.toReversed()) restore();
  }

  #replace(target: object, name: string, value: unknown): void {
    const before = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
    this.#restore.push(() => {
      if (before === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, before);
    });
  }
}

/** Makes memory as the constructor does, but never much; what it makes are still that one's instances. */
function smallMemory(real: SharedArrayBufferConstructor): unknown {
  function make(bytes: number): SharedArrayBuffer {
    return new real(bytes > LARGE_BYTES ? BATCH_MEMORY_BYTES : bytes);
  }
  make.prototype = real.prototype;
  return make;
}

function uuid(random: Random): string {
  const digits = Array.from({ length: 32 }, () => random.below(16).toString(16)).join("");
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
