import { createHash } from "node:crypto";
import { nameKey } from "../session/chat_protocol.ts";
import type { Person } from "./server_words.ts";

const REF_LENGTH = 22;

/** Who is in which room by way of this server, as it tells the others. */
export class OwnPeople {
  readonly #rooms = new Map<string, Map<string, Person>>();
  /** Sessions by room and ref. */
  readonly #sessions = new Map<string, string>();
  /** Names of those here who have come back, by the room and ref that they had. */
  readonly #formers = new Map<string, string>();

  get(room: string, session: string): Person | undefined {
    return this.#rooms.get(room)?.get(session);
  }

  /** The session in a room that the others know by this name. */
  session(room: string, ref: string): string | undefined {
    return this.#sessions.get(placeOf(room, ref));
  }

  /** Whether somebody here has come back who was that session, under that name. */
  isFormer({ room, ref, username }: Person): boolean {
    return this.#formers.get(placeOf(room, ref)) === nameKey(username);
  }

  /** Adds a session to a room, or changes what is known of it. */
  put(session: string, person: Person): void {
    const { room, ref, former, username } = person;
    const people = this.#rooms.get(room) ?? new Map<string, Person>();
    this.#rooms.set(room, people.set(session, person));
    this.#sessions.set(placeOf(room, ref), session);
    if (former !== undefined) this.#formers.set(placeOf(room, former), nameKey(username));
  }

  /** Returns who is gone, if anybody. */
  remove(room: string, session: string): Person | undefined {
    const people = this.#rooms.get(room);
    const person = people?.get(session);
    if (people === undefined || person === undefined) return undefined;
    people.delete(session);
    if (people.size === 0) this.#rooms.delete(room);
    this.#sessions.delete(placeOf(room, person.ref));
    if (person.former !== undefined) this.#formers.delete(placeOf(room, person.former));
    return person;
  }

  /** Everybody, in every room. */
  *[Symbol.iterator](): Iterator<Person> {
    for (const people of this.#rooms.values()) yield* people.values();
  }
}

/** What other servers call a session: it says nothing of the session's name, with which one takes over its rooms. */
export function refOf(session: string): string {
  return createHash("sha256").update(session).digest("base64url").slice(0, REF_LENGTH);
}

function placeOf(room: string, ref: string): string {
  return `${ref} ${room}`;
}
