import type { Backbone } from "../backbone/backbone.ts";
import type { ChatStore } from "../db/chat_store.ts";
import type { SharedChatStore } from "../db/shared_chat_store.ts";
import type { Closable, IsolateLink } from "../lifecycle.ts";
import type { MetricWriter } from "../metrics.ts";
import { CHAT_LIMITS } from "../session/chat_protocol.ts";
import { ChatCircle } from "./chat_circle.ts";
import { eventFrame, presenceFrame, type RoomEvent } from "./chat_frames.ts";
import { bringsPage, type JoinRequest, type RoomRequest, type ToDesk } from "./desk_messages.ts";
import { MessageIds } from "./message_ids.ts";
import { OpenRooms } from "./open_rooms.ts";
import { refOf } from "./own_people.ts";
import { PresenceBoard } from "./presence_board.ts";
import { RecentBudget } from "./recent_messages.ts";
import { acknowledge, conclude, enter, refuse, refuseHistory, tell } from "./replies.ts";
import { type Member, Room, type Station } from "./room.ts";
import type { Person } from "./server_words.ts";
import { Talk, type TalkLimits } from "./talk.ts";

/** What the desk knows of one session, from its first room to its last. */
interface Visitor {
  readonly session: string;
  readonly station: Station;
  readonly rooms: Set<string>;
}

/** What those at a desk may have. */
export interface DeskLimits extends TalkLimits {
  /** Rooms that one address may have opened. */
  readonly roomsPerAddressMax: number;
}

/** What a desk needs that shares its rooms with the desks of other servers. */
export interface SharedChat {
  readonly backbone: Backbone;
  readonly store: SharedChatStore;
  readonly counters: MetricWriter;
}

/**
 * Where all of the server's chat comes together: one desk for all workers, so that a room has one order
 * of what is said, one list of names, and one keeper of its history. Workers reach it over ports, which
 * keep order and lose nothing.
 */
export class ChatDesk implements Closable {
  readonly #ids = new MessageIds();
  readonly #talk: Talk;
  readonly #circle: ChatCircle | undefined;
  readonly #presence = new PresenceBoard();
  readonly #rooms = new Map<string, Room>();
  readonly #recent = new RecentBudget();
  readonly #visitors = new Map<string, Visitor>();
  readonly #links = new Set<IsolateLink>();
  readonly #openRooms: OpenRooms;

  /** @param shared left out where this server stands alone; its store is the desk's, too */
  constructor(store: ChatStore, limits: DeskLimits, shared?: SharedChat) {
    this.#openRooms = new OpenRooms(limits.roomsPerAddressMax);
    this.#circle = shared && this.#openCircle(shared);
    this.#talk = new Talk(
      store,
      this.#ids,
      {
        rooms: this.#rooms,
        onKept: (kept) => {
          for (const room of this.#rooms.values()) {
            this.#announce(room, { event: kept ? "history_on" : "history_off" });
          }
        },
      },
      limits,
      shared && this.#circle && { ...shared, circle: this.#circle },
    );
  }

  /** Opens a way to the desk for one worker; when that closes, the worker's sessions are gone. */
  openLink(): IsolateLink {
    const { port1, port2 } = new MessageChannel();
    const station: Station = { post: (message) => port1.postMessage(message) };
    port1.onmessage = (event: MessageEvent<ToDesk>) => this.#receive(station, event.data);
    const link: IsolateLink = {
      port: port2,
      close: () => {
        if (!this.#links.delete(link)) return;
        port1.close();
        for (const visitor of [...this.#visitors.values()]) {
          if (visitor.station === station) this.#forget(visitor);
        }
      },
    };
    this.#links.add(link);
    return link;
  }

  /** Lets what was said be kept first. */
  async close(): Promise<void> {
    await this.#talk.close();
    for (const link of this.#links) link.close();
    this.#presence.close();
    this.#circle?.close();
  }

  #receive(station: Station, request: ToDesk): void {
    const { session } = request;
    const visitor = this.#visitors.get(session) ?? { session, station, rooms: new Set() };
    if (request.kind === "gone") return this.#forget(visitor);
    if (request.kind !== "join") return this.#answer(visitor, request);
    const joined = this.#join(visitor, request);
    if (!bringsPage(request)) return;
    const done = () => conclude(visitor, request);
    if (joined === undefined) done();
    else joined.then(done);
  }

  #answer(visitor: Visitor, request: Exclude<ToDesk, { kind: "join" | "gone" }>): void {
    const room = this.#rooms.get(request.room);
    const member = room?.member(visitor.session);
    if (room === undefined || member === undefined) {
      const fault = `must be in room ${request.room} first`;
      return request.kind === "history"
        ? refuseHistory(visitor, request, "not_joined", fault)
        : refuse(visitor, request, "not_joined", fault);
    }
    switch (request.kind) {
      case "say":
        return this.#talk.say(room, member, request);
      case "rename":
        return this.#rename(room, member, request);
      case "presence":
        return tell(member, presenceFrame(room, request.id));
      case "history":
        return void this.#talk.tellHistory(room, member, request);
      case "leave":
        acknowledge(member, request);
        return this.#leave(visitor, room);
    }
  }

  /** Returns what resolves when the page of history was told, where one has to be read. */
  #join(visitor: Visitor, request: JoinRequest): Promise<void> | void {
    const room = this.#rooms.get(request.room) ??
      new Room(request.room, this.#circle?.people, this.#recent);
    const present = room.member(visitor.session);
    // It has been told of the room. To tell it again at every request would be dear.
    if (present !== undefined) {
      const { username = present.username } = request;
      return this.#rename(room, present, { ...request, username });
    }
    if (visitor.rooms.size >= CHAT_LIMITS.roomsMax) {
      return refuse(
        visitor,
        request,
        "too_many_rooms",
        `must be in ${CHAT_LIMITS.roomsMax} at most`,
      );
    }
    const fault = this.#rooms.has(room.name)
      ? undefined
      : this.#openRooms.fault(room.name, request.address);
    if (fault !== undefined) return refuse(visitor, request, "too_many_rooms", fault);
    const username = request.username ?? room.guestName();
    const holder = room.holder(username);
    const replaces = holder !== undefined || this.#isElsewhere(room, username);
    if (replaces && !this.#isFormer(room, username, request.former)) {
      return refuse(visitor, request, "username_taken", `${username} is somebody else in the room`);
    }
    if (holder !== undefined) this.#replace(room, holder);
    const { session, station } = visitor;
    const { relay, address } = request;
    const member: Member = { session, station, username, relay, address };
    room.put(member);
    // Also one whose only member was replaced, with whom it was shut.
    if (!this.#rooms.has(room.name)) {
      this.#rooms.set(room.name, room);
      this.#openRooms.opened(room.name, request.address);
      this.#talk.open(room);
    }
    this.#visitors.set(session, visitor);
    visitor.rooms.add(room.name);
    this.#circle?.entered(room.name, session, username, request.former);
    if (!replaces) this.#announce(room, { event: "join", username }, session);
    this.#presence.changed(room);
    return this.#welcome(room, member, request);
  }

  #welcome(room: Room, member: Member, request: JoinRequest): Promise<void> | void {
    if (member.relay) return enter(room, member);
    acknowledge(member, request, { username: member.username });
    return this.#talk.lead(room, member, request);
  }

  #rename(
    room: Room,
    member: Member,
    request: RoomRequest<"rename" | "join"> & { readonly username: string },
  ): void {
    const { username } = request;
    const { session, username: oldUsername } = member;
    if (username === oldUsername) return acknowledge(member, request, { username });
    const holder = room.holder(username);
    const isElse = holder !== undefined && holder.session !== session;
    if (isElse || this.#isElsewhere(room, username)) {
      return refuse(member, request, "username_taken", `${username} is somebody else in the room`);
    }
    acknowledge(member, request, { username });
    this.#takeName(room, member, username);
    this.#announce(room, { event: "rename", username, oldUsername }, session);
  }

  #takeName(room: Room, member: Member, username: string): void {
    room.put({ ...member, username });
    this.#circle?.renamed(room.name, member.session, username);
    this.#presence.changed(room);
  }

  #leave(visitor: Visitor, room: Room): void {
    const member = room.member(visitor.session);
    if (member === undefined) return;
    this.#remove(room, member);
    if (room.count === 0) room.recent.clear();
    this.#circle?.left(room.name, member.session);
    this.#announce(room, { event: "leave", username: member.username });
  }

  /** The same client has come back on another connection: nobody has to hear of it. */
  #replace(room: Room, member: Member): void {
    this.#remove(room, member);
    if (this.#visitors.has(member.session)) return;
    member.station.post({ kind: "end", session: member.session });
  }

  #remove(room: Room, member: Member): void {
    const { session, station } = member;
    room.remove(session);
    this.#talk.left(room, session);
    station.post({ kind: "exit", session, room: room.name });
    const visitor = this.#visitors.get(session);
    visitor?.rooms.delete(room.name);
    if (visitor?.rooms.size === 0) this.#visitors.delete(session);
    if (room.count === 0 && this.#rooms.delete(room.name)) {
      this.#openRooms.shut(room.name);
      this.#talk.shut(room);
    }
    this.#presence.changed(room);
  }

  #forget(visitor: Visitor): void {
    for (const name of [...visitor.rooms]) {
      const room = this.#rooms.get(name);
      if (room !== undefined) this.#leave(visitor, room);
    }
  }

  #announce(room: Room, happened: RoomEvent, except?: string): void {
    room.announce({ except, frame: eventFrame(room.name, this.#ids.next(), happened) });
  }

  #openCircle({ backbone, counters }: SharedChat): ChatCircle {
    return new ChatCircle({ backbone, ids: this.#ids, counters }, {
      said: (said) => this.#talk.heard(said),
      people: (name, happened) => {
        const room = this.#rooms.get(name);
        if (room === undefined) return;
        for (const event of happened) this.#announce(room, event);
        this.#presence.changed(room);
      },
      named: (person) => this.#yield(person),
      moved: (name, session) => {
        const room = this.#rooms.get(name);
        const member = room?.member(session);
        if (room === undefined || member === undefined) return;
        this.#circle?.left(name, session);
        this.#replace(room, member);
        if (room.count === 0) room.recent.clear();
      },
      missed: () => this.#talk.lookOut(),
    });
  }

  #isElsewhere(room: Room, username: string): boolean {
    return this.#circle?.people.holder(room.name, username) !== undefined;
  }

  /** Whether a name is held by that session, here or on another server. */
  #isFormer(room: Room, username: string, session: string | undefined): boolean {
    if (session === undefined) return false;
    const holder = room.holder(username);
    if (holder !== undefined) return holder.session === session;
    return this.#circle?.people.holder(room.name, username)?.ref === refOf(session);
  }

  /** Of two who came by one name at the same moment on two servers, the later gets another. */
  #yield({ room: name, username, claim }: Person): void {
    const room = this.#rooms.get(name);
    const member = room?.holder(username);
    if (room === undefined || member === undefined) return;
    const own = this.#circle?.people.claim(name, member.session);
    if (own === undefined || own < claim) return;
    const other = room.otherName(member.username);
    this.#takeName(room, member, other);
    this.#announce(room, { event: "rename", username: other, oldUsername: member.username });
  }
}
