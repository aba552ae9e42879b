import { CHAT_LIMITS, nameKey } from "../session/chat_protocol.ts";
import type { Announcement, FromDesk } from "./desk_messages.ts";
import { type RecentBudget, RecentMessages } from "./recent_messages.ts";

/** Where a session lives: a worker. */
export interface Station {
  post(message: FromDesk): void;
}

/** One session in a room. */
export interface Member {
  readonly session: string;
  readonly station: Station;
  readonly relay: boolean;
  /** Where it comes from, as `subscriberOf` has it. */
  readonly address: string;
  /** As it is shown; unique in the room whatever its case. */
  readonly username: string;
}

/** Who is in rooms by way of other servers. */
export interface Elsewhere {
  count(room: string): number;
  usernames(room: string): Iterable<string>;
  holder(room: string, username: string): unknown;
}

const NAME_TRIES_MAX = 10;
const NOBODY: Elsewhere = { count: () => 0, usernames: () => [], holder: () => undefined };

/**
 * Who is in a room, under which names, and what was last said. It exists while somebody is in it by way of
 * this server; those who are by way of others only count and have names.
 */
export class Room {
  readonly name: string;
  readonly recent: RecentMessages;
  readonly #elsewhere: Elsewhere;
  readonly #members = new Map<string, Member>();
  readonly #sessionsByName = new Map<string, string>();

  /** @param budget for what was said in this and the other rooms; left out where this is the only one */
  constructor(name: string, elsewhere: Elsewhere = NOBODY, budget?: RecentBudget) {
    this.name = name;
    this.recent = new RecentMessages(budget);
    this.#elsewhere = elsewhere;
  }

  /** How many sessions of this server are in it. */
  get count(): number {
    return this.#members.size;
  }

  /** How many sessions are in it on all servers. */
  get countAll(): number {
    return this.#members.size + this.#elsewhere.count(this.name);
  }

  member(session: string): Member | undefined {
    return this.#members.get(session);
  }

  /** Who of this server has that name, in whatever case. */
  holder(username: string): Member | undefined {
    const session = this.#sessionsByName.get(nameKey(username));
    return session === undefined ? undefined : this.#members.get(session);
  }

  /** Adds a member, or changes the name of one that is there. The name MUST be free. */
  put(member: Member): void {
    this.remove(member.session);
    this.#members.set(member.session, member);
    this.#sessionsByName.set(nameKey(member.username), member.session);
  }

  /** Returns who is gone, if anybody. */
  remove(session: string): Member | undefined {
    const member = this.#members.get(session);
    if (member === undefined) return undefined;
    this.#members.delete(session);
    this.#sessionsByName.delete(nameKey(member.username));
    return member;
  }

  /** A name for somebody who did not choose one. */
  guestName(): string {
    for (let digits = 4; digits < 4 + NAME_TRIES_MAX; digits += 1) {
      const name = `guest-${crypto.randomUUID().replaceAll("-", "").slice(0, digits)}`;
      if (this.#isFree(name)) return name;
    }
    throw new Error(`Cannot name a guest: ${NAME_TRIES_MAX} names were taken`);
  }

  /** A name like that of somebody who has to give it up. */
  otherName(username: string): string {
    const start = whole(username.slice(0, CHAT_LIMITS.usernameMax - 3));
    for (let number = 2; number < 2 + NAME_TRIES_MAX; number += 1) {
      const name = `${start}-${number}`;
      if (this.#isFree(name)) return name;
    }
    return this.guestName();
  }

  /** Some of the names, sorted. */
  usernames(max: number): string[] {
    const names: string[] = [];
    for (const { username } of this.#members.values()) {
      if (names.push(username) === max) break;
    }
    for (const username of this.#elsewhere.usernames(this.name)) {
      if (names.length === max) break;
      names.push(username);
    }
    return names.sort((a, b) => a.localeCompare(b, "en"));
  }

  /** Tells every worker that has a member in the room. */
  announce(announcement: Omit<Announcement, "kind" | "room">): void {
    const stations = new Set([...this.#members.values()].map(({ station }) => station));
    for (const station of stations) {
      station.post({ kind: "announce", room: this.name, ...announcement });
    }
  }

  #isFree(username: string): boolean {
    if (this.holder(username) !== undefined) return false;
    return this.#elsewhere.holder(this.name, username) === undefined;
  }
}

/** Without half a letter at its end, where a text was cut. */
function whole(text: string): string {
  return text.isWellFormed() ? text : text.slice(0, -1);
}
