import { type ChatMessage, type HistoryPage, OLDEST_ID } from "../db/chat_store.ts";

/** A stored message that waits for its place in a room. */
export interface LineEntry {
  readonly message: ChatMessage;
  /** Makes repeating harmless. */
  readonly key?: string | undefined;
  /** The id before it in the room, where that is known. */
  readonly previous?: string | undefined;
  /** The session that it comes from, which does not get it. */
  readonly except?: string | undefined;
  /** Called once, when the room has been told. */
  readonly told?: () => void;
}

/** What a line needs of its room. */
export interface LineOwner {
  /** Tells the room. */
  tell(entry: LineEntry): void;
  /** Reads the newest of what the history has above an id, or just the newest; `undefined` when it cannot say. */
  read(after: string | undefined): Promise<HistoryPage | undefined>;
  /** Whether it is a message of this server whose entry is still to come. */
  isPending(id: string): boolean;
  /** Whether the room was told the message when nobody knew that the history would have it. */
  wasTold(id: string): boolean;
  /** How many messages the history had that nobody brought, and whether the room was told all of them. */
  recovered(count: number, isAll: boolean): void;
}

/** A message usually comes some milliseconds after the one that another server says it follows. */
const PATIENCE_MS = 100;
const HELD_MAX = 200;
/** What may be told above a gap before that is given up. */
const GAP_MAX = 1000;

/**
 * A part of the history that could not be read when messages above it had to be told, or when the room
 * came to be.
 */
interface Gap {
  /** Its lower end. */
  readonly after: string;
  /** What was told above that. */
  readonly told: Set<string>;
}

/**
 * Brings the messages of several servers into the one order that the history has, and tells each once. A
 * message that follows another which has not come waits for it a moment; then the line reads the history,
 * in which everything below a message stands as soon as the message does. Where that cannot be read, what
 * has come is told all the same, and what was missing later, out of its order.
 */
export class RoomLine {
  readonly #owner: LineOwner;
  readonly #openedAt: string;
  readonly #held = new Map<string, LineEntry>();
  /** Resolves when it is known where the room stood. */
  readonly opened: Promise<void>;
  #isOpening = true;
  #isClosed = false;
  /** The highest id that was told; where the history could not say, none until something is. */
  #position: string | undefined;
  #gap: Gap | undefined;
  #catchingUp: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param openedAt an id of this moment: what is above it was said since, as far as clocks agree */
  constructor(owner: LineOwner, openedAt: string) {
    this.#owner = owner;
    this.#openedAt = openedAt;
    this.opened = this.#open();
  }

  /** Everything up to this id has been told, or was said before somebody was here; unknown while the room opens. */
  get position(): string | undefined {
    return this.#gap?.after ?? this.#position;
  }

  /** Whether the room has been told a message of the history, or will never be. */
  isPast(id: string): boolean {
    if (this.#gap !== undefined) return id <= this.#gap.after || this.#gap.told.has(id);
    return this.#position !== undefined && id <= this.#position;
  }

  /** Takes the next message of this server or another one, in any order, any number of times. */
  accept(entry: LineEntry): void {
    if (this.#isClosed || this.#isDone(entry)) return entry.told?.();
    if (this.#isOpening || !this.#isNext(entry)) return this.#hold(entry);
    this.#advance(entry);
    this.#drain();
  }

  /** Tells what the history has and nobody brought. */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.#readOn();
    return this.#catchingUp;
  }

  /** Nobody is in the room any more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { told } of this.#held.values()) told?.();
    this.#held.clear();
  }

  async #open(): Promise<void> {
    const page = await this.#owner.read(undefined);
    if (this.#isClosed || !this.#isOpening) return;
    if (page === undefined) return this.#openBlind();
    this.#isOpening = false;
    const newest = page.messages.at(-1)?.id ?? OLDEST_ID;
    const isNews = newest > this.#openedAt;
    this.#position = isNews ? this.#openedAt : newest;
    // It may have been said when somebody was here already, and others before it.
    if (isNews) void this.catchUp();
    else this.#drain();
  }

  /** What is said from now on is told as it comes, and what is missing of it when the history can be read. */
  #openBlind(): void {
    this.#isOpening = false;
    this.#gap = { after: this.#openedAt, told: new Set() };
    this.#giveUp();
  }

  /** As `isPast`; but what others say just now may have an id from before the opening, by their clocks. */
  #isDone({ message }: LineEntry): boolean {
    return this.#position !== undefined && this.isPast(message.id);
  }

  /** What fills a gap need not wait: it is late in any case. */
  #isNext({ message, previous }: LineEntry): boolean {
    if (this.#position === undefined || previous === this.#position) return true;
    return message.id < this.#position;
  }

  #hold(entry: LineEntry): void {
    this.#held.set(entry.message.id, entry);
    if (this.#held.size <= HELD_MAX) return this.#isOpening ? undefined : this.#wait();
    if (this.#isOpening) this.#openBlind();
    else this.#giveUp();
  }

  #wait(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.catchUp();
    }, PATIENCE_MS);
  }

  async #readOn(): Promise<void> {
    await this.opened;
    const waiting = [...this.#held.values()];
    const page = await this.#owner.read(this.position);
    this.#catchingUp = undefined;
    if (this.#isClosed) return;
    if (page === undefined) return this.#giveUp();
    if (!this.#tellPage(page)) return this.#wait();
    this.#position ??= this.#gap?.after;
    this.#gap = undefined;
    // What they follow was in the page, or nowhere.
    for (const entry of inOrder(waiting)) {
      if (this.#held.has(entry.message.id)) this.#advance(entry);
    }
    this.#drain();
  }

  /** Returns false when a message of this server stands in the way, whose sender must not be told. */
  #tellPage({ messages, more }: HistoryPage): boolean {
    let recovered = 0;
    let isDone = true;
    for (const message of messages) {
      if (this.isPast(message.id)) continue;
      const held = this.#held.get(message.id);
      isDone = held !== undefined || !this.#owner.isPending(message.id);
      if (!isDone) break;
      if (held === undefined) recovered += 1;
      this.#advance(held ?? { message });
    }
    if (recovered > 0 || more) this.#owner.recovered(recovered, !more);
    return isDone;
  }

  /** Nobody can say what is missing: what has come is told as it is. */
  #giveUp(): void {
    if (this.#held.size === 0) return;
    if (this.#position !== undefined) this.#gap ??= { after: this.#position, told: new Set() };
    for (const entry of inOrder(this.#held.values())) this.#advance(entry);
  }

  #drain(): void {
    for (const entry of inOrder(this.#held.values())) {
      if (this.#isDone(entry)) {
        this.#held.delete(entry.message.id);
        entry.told?.();
      } else if (entry.previous === this.#position) this.#advance(entry);
    }
    if (this.#held.size > 0) this.#wait();
  }

  #advance(entry: LineEntry): void {
    const { id } = entry.message;
    this.#held.delete(id);
    if (this.#isDone(entry)) return entry.told?.();
    this.#note(id);
    if (!this.#owner.wasTold(id)) this.#owner.tell(entry);
    entry.told?.();
  }

  #note(id: string): void {
    if (this.#gap !== undefined && id < this.#gap.after) this.#gap = { ...this.#gap, after: id };
    if (this.#position === undefined || id > this.#position) this.#position = id;
    this.#gap?.told.add(id);
    if (this.#gap === undefined || this.#gap.told.size <= GAP_MAX) return;
    this.#gap = undefined;
    this.#owner.recovered(0, false);
  }
}

function inOrder(entries: Iterable<LineEntry>): LineEntry[] {
  return [...entries].sort((a, b) => a.message.id < b.message.id ? -1 : 1);
}
