import { DEFAULT_ROOM, roomOfSymbol } from "../session/chat_protocol.ts";

/** Rooms of one kind that are open at once: those of symbols, and all others. */
const KIND_ROOMS_MAX = 10_000;
const SYMBOL_PREFIX = roomOfSymbol("");

/**
 * How many rooms may be open, and how many of them one address may have opened: so nobody can take all
 * rooms from all others. Rooms of symbols have a maximum of their own, and the lobby has none.
 */
export class OpenRooms {
  readonly #perAddressMax: number;
  /** Who opened each that counts. */
  readonly #addresses = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  #symbolRooms = 0;

  constructor(perAddressMax: number) {
    this.#perAddressMax = perAddressMax;
  }

  /** The rule that stands in the way of a further room; `undefined` when there is none. */
  fault(room: string, address: string): string | undefined {
    if (room === DEFAULT_ROOM) return undefined;
    const count = isOfSymbol(room) ? this.#symbolRooms : this.#addresses.size - this.#symbolRooms;
    if (count >= KIND_ROOMS_MAX) return `the server holds ${KIND_ROOMS_MAX} at most`;
    const max = this.#perAddressMax;
    const own = this.#counts.get(address) ?? 0;
    return own < max ? undefined : `one address may have opened ${max} at most`;
  }

  /** Notes who opened a room. */
  opened(room: string, address: string): void {
    if (room === DEFAULT_ROOM) return;
    this.#addresses.set(room, address);
    this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1);
    if (isOfSymbol(room)) this.#symbolRooms += 1;
  }

  /** Nobody is in the room any more. */
  shut(room: string): void {
    const address = this.#addresses.get(room);
    if (address === undefined) return;
    this.#addresses.delete(room);
    if (isOfSymbol(room)) this.#symbolRooms -= 1;
    const count = (this.#counts.get(address) ?? 0) - 1;
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }
}

function isOfSymbol(room: string): boolean {
  return room.startsWith(SYMBOL_PREFIX);
}
