import { nameKey } from "../session/chat_protocol.ts";
import type { Person } from "./server_words.ts";

/** Somebody who is in a room by way of another server. */
export interface PersonElsewhere extends Person {
  readonly server: string;
}

const PEOPLE_MAX = 500_000;

/** Who is in which room on all the other servers: at most 500,000 people. */
export class PeopleElsewhere {
  readonly #rooms = new Map<string, ForeignRoom>();
  #count = 0;

  /** In all rooms. */
  get total(): number {
    return this.#count;
  }

  get(room: string, ref: string): PersonElsewhere | undefined {
    return this.#rooms.get(room)?.byRef.get(ref);
  }

  /** How many are in a room. */
  count(room: string): number {
    return this.#rooms.get(room)?.byRef.size ?? 0;
  }

  /** Who has a name in a room, in whatever case: of several, who has had it for longest. */
  holder(room: string, username: string): PersonElsewhere | undefined {
    const holders = this.#rooms.get(room)?.byName.get(nameKey(username)) ?? [];
    return [...holders].sort((a, b) => a.claim < b.claim ? -1 : 1)[0];
  }

  /** Everybody in a room. */
  *in(room: string): Iterable<PersonElsewhere> {
    yield* this.#rooms.get(room)?.byRef.values() ?? [];
  }

  /** Everybody on one server. */
  *on(server: string): Iterable<PersonElsewhere> {
    for (const { byRef } of this.#rooms.values()) {
      for (const person of byRef.values()) if (person.server === server) yield person;
    }
  }

  /** Adds somebody, or what has changed of them. Returns whether there was room for it. */
  put(person: PersonElsewhere): boolean {
    this.remove(person.room, person.ref);
    if (this.#count >= PEOPLE_MAX) return false;
    const room = this.#rooms.get(person.room) ?? { byRef: new Map(), byName: new Map() };
    this.#rooms.set(person.room, room);
    room.byRef.set(person.ref, person);
    const key = nameKey(person.username);
    room.byName.set(key, (room.byName.get(key) ?? new Set()).add(person));
    this.#count += 1;
    return true;
  }

  /** Returns who is gone, if anybody. */
  remove(name: string, ref: string): PersonElsewhere | undefined {
    const room = this.#rooms.get(name);
    const person = room?.byRef.get(ref);
    if (room === undefined || person === undefined) return undefined;
    room.byRef.delete(ref);
    const key = nameKey(person.username);
    const namesakes = room.byName.get(key);
    namesakes?.delete(person);
    if (namesakes?.size === 0) room.byName.delete(key);
    if (room.byRef.size === 0) this.#rooms.delete(name);
    this.#count -= 1;
    return person;
  }
}

interface ForeignRoom {
  readonly byRef: Map<string, PersonElsewhere>;
  readonly byName: Map<string, Set<PersonElsewhere>>;
}
