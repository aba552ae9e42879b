import { bringsPage, type PageRequest, type ToDesk } from "../chat/desk_messages.ts";
import type { Closable } from "../lifecycle.ts";
import { CHAT_LIMITS } from "../session/chat_protocol.ts";

/** How a line gets on. */
export interface RequestLineOptions {
  /** What the requests that are held may say, in characters and bytes. One alone may be larger. */
  readonly contentMax: number;
  /** Whether the client can be sent one more page, while it is owed so many. */
  hasRoomFor(pagesOwed: number): boolean;
  ask(request: ToDesk): void;
}

const HELD_MAX = CHAT_LIMITS.requestsBurstMax;

/**
 * The requests of one client on their way to the desk. Those that bring a page of history, which can be as
 * much as half of what may wait for a client, go on when the client has room for it; all behind them wait
 * as well, because requests are worked off in their order.
 */
export class RequestLine implements Closable {
  readonly #options: RequestLineOptions;
  readonly #held: ToDesk[] = [];
  #heldContent = 0;
  /** Pages that the desk was asked for and has not answered about. */
  #pagesOwed = 0;
  /** Rooms whose history was asked for, held or not. */
  readonly #histories = new Set<string>();

  constructor(options: RequestLineOptions) {
    this.#options = options;
  }

  /** Takes a request. Returns the rule that it breaks, if it is not taken. */
  add(request: ToDesk): string | undefined {
    if (request.kind === "history" && this.#histories.has(request.room)) {
      return "must ask for one page of a room after the other, has not had the one before";
    }
    const content = contentOf(request);
    const isFull = this.#held.length >= HELD_MAX ||
      (content > 0 && this.#heldContent > 0 &&
        this.#heldContent + content > this.#options.contentMax);
    if (isFull) return "must read the histories that were asked for before, has not";
    if (request.kind === "history") this.#histories.add(request.room);
    this.#held.push(request);
    this.#heldContent += content;
    this.goOn();
  }

  /** The desk has answered a request that may have brought a page. */
  answered({ kind, room }: Pick<PageRequest, "kind" | "room">): void {
    this.#pagesOwed -= 1;
    if (kind === "history") this.#histories.delete(room);
    this.goOn();
  }

  /** Whether something is held until the client has taken what waits for it. */
  get waiting(): boolean {
    return this.#held.length > 0 && this.#pagesOwed === 0;
  }

  /** The session is over: what is held is asked for by nobody. */
  close(): void {
    this.#held.length = 0;
  }

  /** Asks the desk for all that the client has room for. */
  goOn(): void {
    for (let next = this.#held[0]; next !== undefined; next = this.#held[0]) {
      const brings = bringsPage(next);
      if (brings && !this.#options.hasRoomFor(this.#pagesOwed)) return;
      this.#held.shift();
      this.#heldContent -= contentOf(next);
      if (brings) this.#pagesOwed += 1;
      this.#options.ask(next);
    }
  }
}

function contentOf(request: ToDesk): number {
  if (request.kind !== "say") return 0;
  const { content } = request;
  return content.kind === "text" ? content.text.length : content.data.length;
}
