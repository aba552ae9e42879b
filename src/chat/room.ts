import { nameKey } from "../session/chat_protocol.ts";
import type { Announcement, FromDesk } from "./desk_messages.ts";
import { RecentMessages } from "./recent_messages.ts";

/** Where a session lives: a worker. */
export interface Station {
  post(message: FromDesk): void;
}

/** One session in a room. */
export interface Member {
  readonly session: string;
  readonly station: Station;
  readonly relay: boolean;
  /** As it is shown; unique in the room whatever its case. */
  readonly username: string;
}

const GUEST_TRIES_MAX = 10;

/** Who is in a room, under which names, and what was last said. It exists while somebody is in it. */
export class Room {
  readonly name: string;
  readonly recent = new RecentMessages();
  readonly #members = new Map<string, Member>();
  readonly #sessionsByName = new Map<string, string>();

  constructor(name: string) {
    this.name = name;
  }

  /** How many sessions are in it. */
  get count(): number {
    return this.#members.size;
  }

  member(session: string): Member | undefined {
    return this.#members.get(session);
  }

  /** Who has that name, in whatever case. */
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
    for (let digits = 4; digits < 4 + GUEST_TRIES_MAX; digits += 1) {
      const name = `guest-${crypto.randomUUID().replaceAll("-", "").slice(0, digits)}`;
      if (this.holder(name) === undefined) return name;
    }
    throw new Error(`Cannot name a guest: ${GUEST_TRIES_MAX} names were taken`);
  }

  /** Some of the names, sorted. */
  usernames(max: number): string[] {
    const names: string[] = [];
    for (const { username } of this.#members.values()) {
      if (names.push(username) === max) break;
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
}
