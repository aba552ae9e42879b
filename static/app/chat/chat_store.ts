import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import * as v from "valibot";
import type { ChatClient, LinkState } from "../../../src/client/chat_client.ts";
import { CHAT_LIMITS, roomSchema, usernameSchema } from "../../../src/session/chat_protocol.ts";
import { readSettings, type SettingsStorage, writeSettings } from "./chat_settings.ts";
import { symbolRoom } from "./room_label.ts";
import { RoomStore } from "./room_store.ts";

/**
 * The chat as the page shows it, as signals that the chat client drives. It has nothing in common with
 * the prices. It does not connect before there is a name to connect under.
 */
export class ChatStore {
  readonly #client: ChatClient;
  readonly #isOpen = signal(false);
  readonly #username = signal<string | undefined>(undefined);
  /** The name that the next visit begins with. */
  readonly #remembered = signal<string | undefined>(undefined);
  readonly #rooms = signal<readonly RoomStore[]>([]);
  readonly #current = signal<RoomStore | undefined>(undefined);
  readonly #link;
  /** Whether anybody can see the page. */
  readonly #isPageShown = signal(true);

  /** Messages that came while nobody looked, in all rooms. */
  readonly unread: ReadonlySignal<number> = computed(() =>
    this.#rooms.value.reduce((sum, { unread }) => sum + unread.value, 0)
  );

  constructor(client: ChatClient, storage: SettingsStorage) {
    this.#client = client;
    this.#link = signal(client.state);
    const { username, rooms } = readSettings(storage);
    this.#username.value = this.#remembered.value = username;
    this.#rooms.value = rooms.map((name) => new RoomStore(name, client));
    this.#current.value = this.#rooms.value[0];
    this.#listen();
    effect(() =>
      writeSettings(storage, {
        username: this.#remembered.value,
        rooms: this.#rooms.value.map(({ name }) => name),
      })
    );
    effect(() => {
      const room = this.#current.value;
      if (room !== undefined && this.#isWatched(room)) room.unread.value = 0;
    });
  }

  /** Whether the panel is shown. */
  get isOpen(): ReadonlySignal<boolean> {
    return this.#isOpen;
  }

  /** The name that the user chose. */
  get username(): ReadonlySignal<string | undefined> {
    return this.#username;
  }

  /** The rooms that the user is in, in the order in which they were joined. */
  get rooms(): ReadonlySignal<readonly RoomStore[]> {
    return this.#rooms;
  }

  /** The room that the panel shows. */
  get current(): ReadonlySignal<RoomStore | undefined> {
    return this.#current;
  }

  /** What the connection is doing. */
  get link(): ReadonlySignal<LinkState> {
    return this.#link;
  }

  /** Joins the remembered rooms, if there is a name to join them under. */
  start(): void {
    const username = this.#username.peek();
    if (username === undefined) return;
    for (const { name } of this.#rooms.peek()) this.#client.join(name, { username });
    this.#client.start();
  }

  /** Counts what comes while the page is hidden as unread. */
  watchPage(page: Document): void {
    const look = () => this.#isPageShown.value = page.visibilityState === "visible";
    page.addEventListener("visibilitychange", look);
    look();
  }

  /** Shows the panel. */
  open(): void {
    this.#isOpen.value = true;
  }

  /** Hides the panel; the rooms stay joined. */
  close(): void {
    this.#isOpen.value = false;
  }

  /** Shows a room. */
  show(room: RoomStore): void {
    this.#current.value = room;
  }

  /** Shows the room of a symbol, and joins it if need be. */
  talkAbout(symbol: string): void {
    this.open();
    const room = symbolRoom(symbol);
    const problem = room === undefined ? "Cannot talk about it: has no room" : this.join(room);
    const current = this.#current.peek();
    if (problem !== undefined && current !== undefined) current.problem.value = problem;
  }

  /** Joins a room, or shows it where it is joined; returns why not, if not. */
  join(name: string): string | undefined {
    const result = v.safeParse(roomSchema, name);
    if (!result.success) return `Cannot join: the name ${result.issues[0].message}`;
    const known = this.#rooms.peek().find((room) => room.name === result.output);
    if (known !== undefined) {
      this.show(known);
      return undefined;
    }
    if (this.#rooms.peek().length >= CHAT_LIMITS.roomsMax) {
      return `Cannot join: must be in ${CHAT_LIMITS.roomsMax} rooms at most. Leave one first`;
    }
    const room = new RoomStore(result.output, this.#client);
    this.#rooms.value = [...this.#rooms.peek(), room];
    this.show(room);
    const username = this.#username.peek();
    if (username !== undefined) this.#client.join(room.name, { username });
    return undefined;
  }

  /** Leaves a room, and forgets what was said there. */
  leave(room: RoomStore): void {
    this.#client.leave(room.name);
    const rooms = this.#rooms.peek();
    const index = rooms.indexOf(room);
    const rest = rooms.filter((other) => other !== room);
    this.#rooms.value = rest;
    if (this.#current.peek() === room) this.#current.value = rest[index] ?? rest.at(-1);
  }

  /**
   * Takes a name, in the shown room first, then in all others; returns why not, if not.
   *
   * @param options.isStandIn for one that is taken just now, and not to be remembered in its place
   */
  async choose(
    name: string,
    options: { readonly isStandIn?: boolean } = {},
  ): Promise<string | undefined> {
    const result = v.safeParse(usernameSchema, name);
    if (!result.success) return `The name ${result.issues[0].message}`;
    const username = result.output;
    if (this.#username.peek() === undefined) {
      this.#username.value = this.#remembered.value = username;
      this.start();
      return undefined;
    }
    const current = this.#current.peek();
    const problem = await current?.rename(username);
    if (problem !== undefined) return problem;
    this.#username.value = username;
    if (options.isStandIn !== true) this.#remembered.value = username;
    for (const room of this.#rooms.peek()) {
      if (room !== current) room.problem.value = await room.rename(username);
    }
    return undefined;
  }

  /** Disconnects; what was said stays on the page. */
  stop(): void {
    this.#client.stop();
  }

  /** Connects at once, whatever it was waiting for. */
  connectNow(): void {
    if (this.#client.state.phase === "stopped") this.#client.start();
    else this.#client.checkNow();
  }

  #listen(): void {
    const client = this.#client;
    client.on("state", (state) => this.#link.value = state);
    client.on("room", ({ room, state }) => this.#room(room)?.become(state));
    client.on("presence", (presence) => this.#room(presence.room)?.meet(presence));
    client.on("system", (system) => this.#room(system.room)?.happen(system));
    client.on("outgoing", ({ message, status }) => {
      this.#room(message.room)?.follow(message, status);
    });
    client.on("error", (fault) => {
      if (fault.kind === "listener") return reportError(fault.cause);
      const current = this.#current.peek();
      if (fault.kind === "malformed" || current === undefined) return;
      current.problem.value = fault.message;
    });
    client.on("said", (said) => {
      const room = this.#room(said.room);
      const news = room?.hear(said) ?? 0;
      if (room !== undefined && !this.#isWatched(room)) room.unread.value += news;
    });
  }

  #room(name: string): RoomStore | undefined {
    return this.#rooms.peek().find((room) => room.name === name);
  }

  #isWatched(room: RoomStore): boolean {
    return this.#isOpen.value && this.#isPageShown.value && this.#current.value === room;
  }
}
