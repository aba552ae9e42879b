import { computed, type ReadonlySignal, signal } from "@preact/signals";
import {
  type ChatClient,
  type ChatEvents,
  type ChatSystem,
  type OutgoingMessage,
  type OutgoingStatus,
  type Presence,
  type RoomState,
} from "../../../src/client/chat_client.ts";
import { nameKey } from "../../../src/session/chat_protocol.ts";
import { byteSize } from "./byte_size.ts";
import { type ChatLine, lineOfGap, lineOfOutgoing, lineOfSaid, lineOfSystem } from "./chat_line.ts";
import { roomLabel } from "./room_label.ts";
import { LINES_MAX, withLines } from "./room_lines.ts";

/** What `Presence` says when nobody has told anything yet. */
const NOBODY: Omit<Presence, "room"> = { count: 0, users: [] };
const FILE_NAME_CHARS_MAX = 255;
const MEDIA_TYPE_REGEXP = /^[\w.+-]+\/[\w.+-]{1,60}$/;

/** One room as the page shows it, as signals that the chat client drives. */
export class RoomStore {
  readonly name: string;
  /** What it is called on the page. */
  readonly label: string;
  readonly #client: ChatClient;
  readonly #lines = signal<readonly ChatLine[]>([]);
  readonly #state = signal<RoomState>({ phase: "joining", username: undefined });
  readonly #presence = signal(NOBODY);
  readonly #isReading = signal(false);
  readonly #hasOlder = signal(false);

  /** Messages that came while nobody looked. */
  readonly unread = signal(0);
  /** What the user is writing. */
  readonly draft = signal("");
  /** Why the last thing that the user asked for was not done. */
  readonly problem = signal<string | undefined>(undefined);
  /** Whether older messages can be read and would be held. */
  readonly canReadOlder: ReadonlySignal<boolean> = computed(() =>
    this.#hasOlder.value && this.#lines.value.length < LINES_MAX
  );

  constructor(name: string, client: ChatClient) {
    this.name = name;
    this.label = roomLabel(name);
    this.#client = client;
  }

  /** Oldest first. */
  get lines(): ReadonlySignal<readonly ChatLine[]> {
    return this.#lines;
  }

  /** How the user stands to it. */
  get state(): ReadonlySignal<RoomState> {
    return this.#state;
  }

  /** Who is there. */
  get presence(): ReadonlySignal<Omit<Presence, "room">> {
    return this.#presence;
  }

  /** Whether older messages are being read. */
  get isReading(): ReadonlySignal<boolean> {
    return this.#isReading;
  }

  /** Takes a change of state. */
  become(state: RoomState): void {
    this.#state.value = state;
  }

  /** Takes what was said; returns how much of it is news and by others. */
  hear({ messages, origin, gap }: ChatEvents["said"]): number {
    const lines: ChatLine[] = messages.map((said) => lineOfSaid(said, this.#isOwn(said.username)));
    const news = lines.filter((line) => line.kind === "spoken" && !line.isOwn).length;
    if (gap) lines.unshift(...this.#gapBefore(lines));
    this.#add(lines);
    return origin === "history" ? 0 : news;
  }

  /** Takes what happened. */
  happen(system: ChatSystem): void {
    this.#add([lineOfSystem(system)]);
  }

  /** Takes who is there. */
  meet({ count, users }: Presence): void {
    this.#presence.value = { count, users };
    this.#hasOlder.value = this.#client.hasOlder(this.name);
  }

  /** Takes what has become of something that the user said. */
  follow(message: OutgoingMessage, status: OutgoingStatus): void {
    const state = this.#state.peek();
    const username = state.phase === "left" ? undefined : state.username;
    this.#add([lineOfOutgoing(message, status, username ?? "")]);
  }

  /** Says something, if it can be said; `problem` tells why not. Returns whether it was taken. */
  say(text: string, key?: string): boolean {
    return this.#try(() => this.#client.say(this.name, text, key));
  }

  /** Sends a file, if it can be sent; `problem` tells why not. */
  async sendFile(file: File): Promise<void> {
    const { fileBytesMax } = this.#client;
    if (file.size > fileBytesMax) {
      const rule = `must have ${byteSize(fileBytesMax)} at most, has ${byteSize(file.size)}`;
      this.problem.value = `Cannot send ${file.name}: ${rule}`;
      return;
    }
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      // The file may be gone, or a folder.
      this.problem.value = `Cannot send ${file.name}: ${reasonOf(error)}`;
      return;
    }
    this.#try(() =>
      this.#client.sendBinary(this.name, bytes, {
        name: file.name.slice(0, FILE_NAME_CHARS_MAX) || "file",
        ...(MEDIA_TYPE_REGEXP.test(file.type) ? { mediaType: file.type } : {}),
      })
    );
  }

  /** Says again what has failed. */
  retry(message: { readonly key: string; readonly body: SpokenContent }): void {
    const { key, body } = message;
    if (body.kind === "text") return void this.say(body.text, key);
    const { name, bytes, mediaType } = body;
    const type = mediaType === undefined ? {} : { mediaType };
    this.#try(() => this.#client.sendBinary(this.name, bytes, { name, ...type, key }));
  }

  /** Takes a line away that has failed. */
  discard(key: string): void {
    this.#lines.value = this.#lines.peek().filter((line) => line.key !== key);
  }

  /** Reads older messages. */
  async readOlder(): Promise<void> {
    if (this.#isReading.peek()) return;
    this.#isReading.value = true;
    this.problem.value = undefined;
    const before = this.#lines.peek().find(({ kind }) => kind === "spoken")?.id;
    try {
      const { messages, more } = await this.#client.older(
        this.name,
        before === undefined ? {} : { before },
      );
      this.#add(messages.map((said) => lineOfSaid(said, this.#isOwn(said.username))));
      this.#hasOlder.value = more;
    } catch (error) {
      this.problem.value = reasonOf(error);
    } finally {
      this.#isReading.value = false;
    }
  }

  /** Takes another name here; returns why not, if not. */
  async rename(username: string): Promise<string | undefined> {
    try {
      if (this.#state.peek().phase === "joined") await this.#client.rename(this.name, username);
      else this.#client.join(this.name, { username });
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Where nothing came of what is missing, it is said behind what is known. */
  #gapBefore([first]: readonly ChatLine[]): ChatLine[] {
    const known = this.#lines.peek().findLast(({ id }) => id !== undefined);
    const { id, timeMs } = first ?? known ?? {};
    if (id === undefined || timeMs === undefined) return [];
    return [lineOfGap(first === undefined ? "behind" : "before", { id, timeMs })];
  }

  #add(lines: readonly ChatLine[]): void {
    this.#lines.value = withLines(this.#lines.peek(), lines);
    this.#hasOlder.value = this.#client.hasOlder(this.name);
  }

  #isOwn(username: string): boolean {
    const state = this.#state.peek();
    if (state.phase === "left" || state.username === undefined) return false;
    return nameKey(state.username) === nameKey(username);
  }

  #try(task: () => void): boolean {
    this.problem.value = undefined;
    try {
      task();
      return true;
    } catch (error) {
      this.problem.value = reasonOf(error);
      return false;
    }
  }
}

type SpokenContent = Extract<ChatLine, { kind: "spoken" }>["body"];

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
