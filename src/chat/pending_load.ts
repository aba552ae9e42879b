/** How much there is of something that waits. */
interface Load {
  messages: number;
  bytes: number;
}

const MAX: Readonly<Load> = { messages: 10_000, bytes: 64 * 1024 * 1024 };
/** For one address: when it has its share, three others have theirs. */
const SHARE: Readonly<Load> = { messages: MAX.messages / 4, bytes: MAX.bytes / 4 };

/** What may wait for the database: 10,000 messages and 64 MB in all, and a quarter of that of one address. */
export class PendingLoad {
  readonly #all: Load = { messages: 0, bytes: 0 };
  /** Of addresses of which something waits. */
  readonly #loads = new Map<string, Load>();

  /** Counts a message that is to wait. Returns false, and does not, where there is no room for it. */
  add(address: string, bytes: number): boolean {
    const own = this.#loads.get(address) ?? { messages: 0, bytes: 0 };
    if (!fits(this.#all, bytes, MAX) || !fits(own, bytes, SHARE)) return false;
    this.#loads.set(address, own);
    for (const load of [this.#all, own]) {
      load.messages += 1;
      load.bytes += bytes;
    }
    return true;
  }

  /** A message that was added waits no more. */
  remove(address: string, bytes: number): void {
    const own = this.#loads.get(address);
    if (own === undefined) return;
    for (const load of [this.#all, own]) {
      load.messages -= 1;
      load.bytes -= bytes;
    }
    if (own.messages === 0) this.#loads.delete(address);
  }
}

function fits(load: Load, bytes: number, max: Readonly<Load>): boolean {
  return load.messages < max.messages && load.bytes + bytes <= max.bytes;
}
