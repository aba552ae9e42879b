import { logger } from "../log.ts";
import { nameKey } from "../session/chat_protocol.ts";
import type { RoomEvent } from "./chat_frames.ts";
import type { MessageIds } from "./message_ids.ts";
import { OwnPeople, refOf } from "./own_people.ts";
import { PeopleElsewhere, type PersonElsewhere } from "./people_elsewhere.ts";
import type { PeopleChange, Person } from "./server_words.ts";

/** What those who are here have to know of those who are elsewhere. */
export interface PeopleEvents {
  /** Somebody elsewhere has a name since `claim`, which somebody here may have, too. */
  named(person: Person): void;
  /** The client of a session here has come back on another server. */
  moved(room: string, session: string): void;
}

const log = logger("chat");

/** Who is in which room, by way of this server and of all the others, as far as they have told. */
export class CirclePeople {
  readonly #ids: MessageIds;
  readonly #events: PeopleEvents;
  readonly #elsewhere = new PeopleElsewhere();
  readonly #own = new OwnPeople();
  #isFull = false;

  /** @param ids gives the claims on names */
  constructor(ids: MessageIds, events: PeopleEvents) {
    this.#ids = ids;
    this.#events = events;
  }

  /** How many people are in a room by way of other servers. */
  count(room: string): number {
    return this.#elsewhere.count(room);
  }

  /** The names of those who are. */
  *usernames(room: string): Iterable<string> {
    for (const { username } of this.#elsewhere.in(room)) yield username;
  }

  /** Who has a name by way of another server. */
  holder(room: string, username: string): PersonElsewhere | undefined {
    return this.#elsewhere.holder(room, username);
  }

  /** Since when the name of somebody here is theirs; comparable with `Person.claim`. */
  claim(room: string, session: string): string | undefined {
    return this.#own.get(room, session)?.claim;
  }

  /** Everybody who is here. */
  own(): readonly Person[] {
    return [...this.#own];
  }

  /** Everybody who is on another server. */
  on(server: string): readonly PersonElsewhere[] {
    return [...this.#elsewhere.on(server)];
  }

  /**
   * A session has entered a room. Returns what others have to be told.
   *
   * @param former an earlier session of the same client, whose place it takes if that has its name
   */
  entered(
    room: string,
    session: string,
    username: string,
    former: string | undefined,
  ): PeopleChange {
    const formerRef = former === undefined ? undefined : refOf(former);
    if (former !== undefined && isNamed(this.#own.get(room, former), username)) {
      this.#own.remove(room, former);
    }
    this.#removeFormer(room, formerRef, username);
    const claim = this.#ids.next();
    return this.#putOwn(session, { room, ref: refOf(session), username, claim, former: formerRef });
  }

  /** A session has another name. */
  renamed(room: string, session: string, username: string): PeopleChange | undefined {
    const before = this.#own.get(room, session);
    return before && this.#putOwn(session, { ...before, username, claim: this.#ids.next() });
  }

  /** A session has left a room. */
  left(room: string, session: string): PeopleChange | undefined {
    const person = this.#own.remove(room, session);
    return person && { kind: "remove", room, ref: person.ref };
  }

  /** Takes what another server says of its people. Returns what the room has to hear, if anything. */
  apply(server: string, change: PeopleChange): RoomEvent | undefined {
    if (change.kind === "put") return this.#put({ ...change.person, server });
    const { room, ref } = change;
    if (this.#elsewhere.get(room, ref)?.server !== server) return undefined;
    const gone = this.#elsewhere.remove(room, ref);
    return gone && { event: "leave", username: gone.username };
  }

  #putOwn(session: string, person: Person): PeopleChange {
    this.#own.put(session, person);
    return { kind: "put", person };
  }

  #put(person: PersonElsewhere): RoomEvent | undefined {
    const { room, ref, username, former } = person;
    // Its client is here already, and its server has yet to hear of that.
    if (this.#own.isFormer(person)) return undefined;
    const before = this.#elsewhere.get(room, ref);
    const isMoved = this.#moveOn(person) || this.#removeFormer(room, former, username);
    this.#noteRoom(this.#elsewhere.put(person));
    this.#events.named(person);
    if (before === undefined) return isMoved ? undefined : { event: "join", username };
    const oldUsername = before.username;
    return oldUsername === username ? undefined : { event: "rename", username, oldUsername };
  }

  /** Lets a session here go whose client has come back elsewhere; returns whether there was one. */
  #moveOn({ room, former, username }: Person): boolean {
    const session = former === undefined ? undefined : this.#own.session(room, former);
    if (session === undefined || !isNamed(this.#own.get(room, session), username)) return false;
    this.#events.moved(room, session);
    return true;
  }

  /** Returns whether there was somebody of that name whose place was taken. */
  #removeFormer(room: string, ref: string | undefined, username: string): boolean {
    if (ref === undefined || !isNamed(this.#elsewhere.get(room, ref), username)) return false;
    return this.#elsewhere.remove(room, ref) !== undefined;
  }

  #noteRoom(isRoom: boolean): void {
    if (!isRoom && !this.#isFull) {
      log.warn("{people} people are in the chat on other servers: no further ones are seen", {
        code: "chat_people_full",
        people: this.#elsewhere.total,
      });
    }
    this.#isFull = !isRoom;
  }
}

function isNamed(person: Person | undefined, username: string): boolean {
  return person !== undefined && nameKey(person.username) === nameKey(username);
}
