import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { delayBeforeMs } from "../../../src/client/renewal.ts";
import { isToken } from "../../../src/client/token_keeper.ts";
import type { PageStorage } from "../page_storage.ts";
import { fetchTicket } from "./ticket.ts";

/** How the page stands to a server that may ask for a token. */
export type SignInState =
  /** The server has not answered yet. */
  | { readonly kind: "unknown" }
  /** It does not ask. */
  | { readonly kind: "not_needed" }
  | {
    readonly kind: "needed";
    /** What became of the last token, for the user to read. */
    readonly why: string | undefined;
  }
  | {
    readonly kind: "signed_in";
    readonly subject: string;
    /** By the local clock, in milliseconds since the unix epoch; undefined for never. */
    readonly endsAtMs: number | undefined;
    /** Whether it is time to think of another token. */
    readonly endsSoon: boolean;
  };

/** Where the tab keeps its token; it ends with the tab. */
const KEY = "quotewire.token";
const REFUSED = "The server does not take this token";

/**
 * The page's token: asked of the user where the server asks for one, kept in the tab, and changed for a
 * ticket whenever a socket has to show something.
 */
export class SignIn {
  readonly #storage: PageStorage;
  readonly #state = signal<SignInState>({ kind: "unknown" });
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Whether sockets may be opened. */
  readonly isBarred: ReadonlySignal<boolean> = computed(() => this.#state.value.kind === "needed");

  constructor(storage: PageStorage) {
    this.#storage = storage;
  }

  get state(): ReadonlySignal<SignInState> {
    return this.#state;
  }

  /**
   * Something to show for one socket, or for its renewal; undefined where nothing is asked for.
   *
   * @throws {Error} when the user has to sign in first, or the server does not answer
   */
  async ticket(): Promise<string | undefined> {
    if (this.isBarred.peek()) throw new Error("sign in first");
    const token = this.#readToken();
    const answer = await this.#ask(token);
    if (answer.kind === "refused") {
      this.#bar(token === undefined ? undefined : `${REFUSED} any more.`);
      throw new Error("sign in first");
    }
    return answer.ticket;
  }

  /** Tries a token that the user has entered; returns what is wrong with it, if anything is. */
  async submit(entered: string): Promise<string | undefined> {
    const token = entered.trim();
    if (!isToken(token)) return "A token has letters, digits and . _ ~ - alone.";
    try {
      const answer = await this.#ask(token);
      return answer.kind === "refused" ? `${REFUSED}.` : undefined;
    } catch (error) {
      return `Cannot sign in: ${error instanceof Error ? error.message : error}.`;
    }
  }

  /** Forgets the token. */
  signOut(): void {
    this.#bar(undefined);
  }

  async #ask(
    token: string | undefined,
  ): Promise<{ kind: "refused" } | { kind: "welcome"; ticket: string | undefined }> {
    const answer = await fetchTicket(token);
    switch (answer.kind) {
      case "refused":
        return answer;
      case "not_needed":
        this.#state.value = { kind: "not_needed" };
        return { kind: "welcome", ticket: undefined };
      case "issued":
        // Before anybody hears that sockets may be opened, which need it.
        this.#writeToken(token);
        this.#welcome(answer.subject, answer.tokenExpiresInMs);
        return { kind: "welcome", ticket: answer.ticket };
    }
  }

  #welcome(subject: string, leftMs: number | undefined): void {
    clearTimeout(this.#timer);
    const endsAtMs = leftMs === undefined ? undefined : Date.now() + leftMs;
    const before = this.#state.peek();
    // A ticket for the same token does not make it last longer.
    const isSame = before.kind === "signed_in" && before.endsSoon && endsAtMs !== undefined &&
      before.endsAtMs !== undefined && Math.abs(endsAtMs - before.endsAtMs) < 1000;
    this.#state.value = { kind: "signed_in", subject, endsAtMs, endsSoon: isSame };
    if (leftMs === undefined || isSame) return;
    this.#timer = setTimeout(() => {
      this.#state.value = { kind: "signed_in", subject, endsAtMs, endsSoon: true };
    }, delayBeforeMs(leftMs));
  }

  #bar(why: string | undefined): void {
    clearTimeout(this.#timer);
    this.#writeToken(undefined);
    this.#state.value = { kind: "needed", why };
  }

  #readToken(): string | undefined {
    try {
      return this.#storage.getItem(KEY) ?? undefined;
    } catch (error) {
      if (error instanceof DOMException) return undefined;
      throw error;
    }
  }

  #writeToken(token: string | undefined): void {
    try {
      if (token === undefined) this.#storage.removeItem(KEY);
      else this.#storage.setItem(KEY, token);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }
}
