import type { Backbone, BackboneState } from "../backbone/backbone.ts";
import type { ChatMessage } from "../db/chat_store.ts";
import type { Closable } from "../lifecycle.ts";
import { logger } from "../log.ts";
import type { MetricWriter } from "../metrics.ts";
import type { RoomEvent } from "./chat_frames.ts";
import { CirclePeople, type PeopleEvents } from "./circle_people.ts";
import type { MessageIds } from "./message_ids.ts";
import { OtherServer } from "./other_server.ts";
import {
  decodeWords,
  encodeWords,
  PART_PEOPLE_MAX,
  type PeopleChange,
  type Person,
  type SaidElsewhere,
  saidElsewhere,
  saidWords,
  type ServerWords,
} from "./server_words.ts";

/** What a circle needs of the backbone. */
export type CircleBackbone = Pick<
  Backbone,
  "publish" | "subscribe" | "watch" | "messageBytesMax" | "state"
>;

/** What a circle stands on. */
export interface CircleOptions {
  readonly backbone: CircleBackbone;
  /** Gives the claims on names, and is kept above all ids that are heard. */
  readonly ids: MessageIds;
  readonly counters: MetricWriter;
}

/** What a circle tells its one listener. */
export interface CircleEvents extends PeopleEvents {
  /** Something was said on another server. */
  said(said: SaidElsewhere): void;
  /** People came, went or changed their names in a room; `happened` is empty where it is too much to tell. */
  people(room: string, happened: readonly RoomEvent[]): void;
  /** What was said on other servers may have been missed. */
  missed(): void;
}

const ALL = "chat.all";
const BEAT_INTERVAL_MS = 500;
const SERVERS_MAX = 100;
/** Changes of people wait so long for further ones. */
const GATHER_MS = 10;
/** People in one roster: not more than NATS takes at once. */
const ROSTER_MAX = 30_000;
/** What happened at once in a room: beyond it, it hears only who is there now. */
const EVENTS_MAX = 50;
const FAULT_LOG_INTERVAL_MS = 60_000;

const log = logger("chat");

/**
 * The servers that share one chat, as one of them sees it: who is where on the others, and what is said
 * there. Nobody leads. Each tells the others of its own people, in numbered changes; who missed one asks
 * for all. A server that is silent for 4 s is gone, and with it its people.
 */
export class ChatCircle implements Closable {
  readonly people: CirclePeople;
  readonly #self = crypto.randomUUID();
  readonly #backbone: CircleBackbone;
  readonly #ids: MessageIds;
  readonly #counters: MetricWriter;
  readonly #events: CircleEvents;
  readonly #servers = new Map<string, OtherServer>();
  readonly #opened: readonly Closable[];
  readonly #beatTimer: ReturnType<typeof setInterval>;
  #number = 0;
  #changes: PeopleChange[] = [];
  #gatherTimer: ReturnType<typeof setTimeout> | undefined;
  #faultLogAtMs = 0;

  constructor({ backbone, ids, counters }: CircleOptions, events: CircleEvents) {
    this.#backbone = backbone;
    this.#ids = ids;
    this.#counters = counters;
    this.#events = events;
    this.people = new CirclePeople(ids, events);
    const hear = ({ payload }: { readonly payload: Uint8Array }) => this.#hear(payload);
    this.#opened = [
      backbone.subscribe(ALL, hear),
      backbone.subscribe(`chat.to.${this.#self}`, hear),
      backbone.watch((state) => this.#changed(state)),
    ];
    this.#beatTimer = setInterval(() => this.#beat(), BEAT_INTERVAL_MS);
    if (backbone.state === "up") this.#publish(ALL, { type: "ask" });
  }

  /** A session has entered a room, as `CirclePeople.entered` has it. */
  entered(room: string, session: string, username: string, former: string | undefined): void {
    this.#tell(this.people.entered(room, session, username, former));
  }

  /** A session has another name. */
  renamed(room: string, session: string, username: string): void {
    this.#tell(this.people.renamed(room, session, username));
  }

  /** A session has left a room. */
  left(room: string, session: string): void {
    this.#tell(this.people.left(room, session));
  }

  /** Tells the others what was said here: all of it, or that it is to be found in the history. */
  say(message: ChatMessage, how: Pick<SaidElsewhere, "key" | "previous" | "stored">): void {
    this.#flush();
    const words = saidWords(message, how);
    const { text: _text, data: _data, ...notice } = words;
    const isSent = this.#publish(ALL, words) || (how.stored && this.#publish(ALL, notice));
    this.#counters.add(isSent ? "chat_messages_sent" : "chat_messages_unsent", 1);
  }

  close(): void {
    clearInterval(this.#beatTimer);
    clearTimeout(this.#gatherTimer);
    for (const opened of this.#opened) opened.close();
    this.#publish(ALL, { type: "bye" });
  }

  #changed(state: BackboneState): void {
    if (state === "down") return;
    this.#publish(ALL, { type: "ask" });
    this.#events.missed();
  }

  #beat(): void {
    this.#flush();
    this.#publish(ALL, { type: "beat", number: this.#number });
    for (const server of [...this.#servers.values()]) {
      if (server.tick()) this.#giveUp(server);
    }
  }

  #hear(payload: Uint8Array): void {
    const heard = decodeWords(payload, Date.now());
    if (heard.kind !== "words") return this.#refuse(heard);
    const { from, words, fault } = heard;
    if (fault !== undefined) this.#refuse({ kind: "fault", fault });
    if (words.type === "bye") return this.#goodbye(from);
    const server = this.#server(from);
    if (server === undefined) return;
    server.heard();
    switch (words.type) {
      case "said":
        this.#counters.add("chat_messages_received", 1);
        this.#ids.raise(words.id);
        return this.#events.said(saidElsewhere(words));
      case "changes":
        if (server.isNext(words.number)) return this.#apply(server, words.changes);
        return this.#require(server, words.number);
      case "beat":
        return this.#require(server, words.number);
      case "ask":
        return this.#answer(server);
      case "roster": {
        const people = server.collect(words);
        return people && this.#replace(server, people);
      }
    }
  }

  #server(id: string): OtherServer | undefined {
    const known = this.#servers.get(id);
    if (known !== undefined || id === this.#self) return known;
    if (this.#servers.size >= SERVERS_MAX) {
      this.#refuse({ kind: "fault", fault: `there must be ${SERVERS_MAX} servers at most` });
      return undefined;
    }
    const server = new OtherServer(id);
    this.#servers.set(id, server);
    this.#counters.set("chat_servers", this.#servers.size);
    log.info("Another server shares the chat", { code: "chat_server_met", server: id });
    this.#require(server, 0);
    return server;
  }

  /** Asks for everybody who is with a server, unless that is known up to this change. */
  #require(server: OtherServer, number: number): void {
    if (server.knows(number) || !server.ask()) return;
    this.#publish(`chat.to.${server.id}`, { type: "ask" });
  }

  #answer(server: OtherServer): void {
    this.#flush();
    const people = this.people.own().slice(0, ROSTER_MAX);
    const parts = Math.max(1, Math.ceil(people.length / PART_PEOPLE_MAX));
    for (let part = 0; part < parts; part += 1) {
      const from = part * PART_PEOPLE_MAX;
      this.#publish(`chat.to.${server.id}`, {
        type: "roster",
        number: this.#number,
        part,
        parts,
        people: people.slice(from, from + PART_PEOPLE_MAX),
      });
    }
  }

  #replace(server: OtherServer, people: readonly Person[]): void {
    const present = new Set(people.map(({ room, ref }) => `${ref} ${room}`));
    const gone = this.people.on(server.id)
      .filter(({ room, ref }) => !present.has(`${ref} ${room}`));
    this.#apply(server, [
      ...gone.map(({ room, ref }) => ({ kind: "remove", room, ref } as const)),
      ...people.map((person) => ({ kind: "put", person } as const)),
    ]);
  }

  #giveUp(server: OtherServer): void {
    const people = this.#forget(server);
    log.warn("Another server says nothing any more of the chat: {people} people leave with it", {
      code: "chat_server_gone",
      server: server.id,
      people,
    });
  }

  #goodbye(id: string): void {
    const server = this.#servers.get(id);
    if (server === undefined) return;
    this.#forget(server);
    log.info("Another server has left the chat", { code: "chat_server_left", server: id });
  }

  /** Returns how many people leave with it. */
  #forget(server: OtherServer): number {
    this.#servers.delete(server.id);
    this.#counters.set("chat_servers", this.#servers.size);
    const people = this.people.on(server.id);
    this.#apply(server, people.map(({ room, ref }) => ({ kind: "remove", room, ref })));
    return people.length;
  }

  #apply(server: OtherServer, changes: readonly PeopleChange[]): void {
    const happened = new Map<string, RoomEvent[]>();
    for (const change of changes) {
      const room = change.kind === "put" ? change.person.room : change.room;
      const events = happened.get(room) ?? [];
      happened.set(room, events);
      const event = this.people.apply(server.id, change);
      if (event !== undefined) events.push(event);
    }
    for (const [room, events] of happened) {
      this.#events.people(room, events.length > EVENTS_MAX ? [] : events);
    }
  }

  #tell(change: PeopleChange | undefined): void {
    if (change === undefined) return;
    this.#changes.push(change);
    if (this.#changes.length >= PART_PEOPLE_MAX) return this.#flush();
    this.#gatherTimer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  #flush(): void {
    clearTimeout(this.#gatherTimer);
    this.#gatherTimer = undefined;
    if (this.#changes.length === 0) return;
    const changes = this.#changes;
    this.#changes = [];
    // Counted also where nobody hears it: so they notice when they hear us again.
    this.#number += 1;
    this.#publish(ALL, { type: "changes", number: this.#number, changes });
  }

  #publish(subject: string, words: ServerWords): boolean {
    return this.#backbone.publish(subject, encodeWords(this.#self, words));
  }

  #refuse(
    heard: { kind: "fault"; fault: string } | { kind: "other_version"; version: number },
  ): void {
    this.#counters.add("chat_words_refused", 1);
    if (performance.now() < this.#faultLogAtMs) return;
    this.#faultLogAtMs = performance.now() + FAULT_LOG_INTERVAL_MS;
    log.warn("Cannot use what another server says of the chat: {reason}", {
      code: "chat_words_refused",
      reason: heard.kind === "fault" ? heard.fault : `it speaks version ${heard.version}`,
    });
  }
}
