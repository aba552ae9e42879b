import { basename } from "node:path";
import { Bell } from "../bell.ts";
import { errorText, SetupError } from "../errors.ts";
import type { ChatBinary } from "../session/chat_protocol.ts";
import { fromBase64 } from "./base64.ts";
import type { ChatClient, LinkState, OutgoingMessage, OutgoingStatus } from "./chat_client.ts";
import type { Presence, RoomState } from "./chat_events.ts";
import { CHAT_COMMANDS, type ChatLine, readChatLine } from "./chat_line.ts";
import type { ChatView } from "./chat_view.ts";
import { expandHome, mediaTypeOf, readOutgoingFile } from "./outgoing_file.ts";
import { ReceivedFiles } from "./received_files.ts";
import type { SaidBatch } from "./room_timeline.ts";
import { quotedText } from "./terminal_text.ts";
import { tokenAdvice } from "./token_advice.ts";

/** What a chat program is for. */
export interface ChatProgramOptions {
  readonly room: string;
  /** A free one is chosen when left out. */
  readonly username?: string;
  /** How many earlier messages are shown, 0 to 100. */
  readonly history: number;
  /** Called when the server sends the client away for good, or when what is shown cannot be written. */
  readonly onFailure: (reason: unknown) => void;
}

/** Notes name what they are about by its beginning. */
const EXCERPT_CHARACTERS_MAX = 30;

/**
 * One room of a chat client, told to a view, and the lines that a user types for it. What kind of terminal
 * the user has, if any, is the view's business.
 */
export class ChatProgram implements Disposable {
  readonly #client: ChatClient;
  readonly #view: ChatView;
  readonly #room: string;
  readonly #onFailure: (reason: unknown) => void;
  readonly #files = new ReceivedFiles();
  readonly #unsettled = new Set<string>();
  readonly #removers: (() => void)[];
  readonly #changed = new Bell();
  #state: RoomState;
  #users: readonly string[] = [];
  #failures = 0;
  #isLost = false;
  #isWelcomed = false;
  #toldName: string | undefined;

  /** Joins the room; the client may be started before or after. @throws {RangeError} as `ChatClient.join` */
  constructor(client: ChatClient, view: ChatView, options: ChatProgramOptions) {
    const { username, history } = options;
    this.#client = client;
    this.#view = view;
    this.#onFailure = options.onFailure;
    this.#state = { phase: "joining", username };
    this.#removers = [
      client.on("state", (state) => this.#linkChanged(state)),
      client.on("room", ({ state }) => this.#roomChanged(state)),
      client.on("said", (batch) => this.#said(batch)),
      client.on("system", (system) => view.system(system)),
      client.on("presence", (presence) => this.#present(presence)),
      client.on("outgoing", ({ message, status }) => this.#outgoing(message, status)),
      client.on("error", (fault) => {
        if (fault.kind === "listener") return this.#onFailure(fault.cause);
        if (fault.kind === "late") return view.note(quotedText(fault.message));
        this.#fault(fault.message);
      }),
    ];
    this.#room = client.join(options.room, {
      history,
      ...(username === undefined ? {} : { username }),
    });
  }

  /** How the user stands to the room. */
  get state(): RoomState {
    return this.#state;
  }

  /** Names in the room as last heard. */
  get users(): readonly string[] {
    return this.#users;
  }

  /** Messages that the server has neither acknowledged nor refused. */
  get unsettled(): number {
    return this.#unsettled.size;
  }

  /** What could not be done so far. */
  get failures(): number {
    return this.#failures;
  }

  /** Waits until what the properties above say meets a condition; returns false when the signal aborts first. */
  async until(condition: () => boolean, signal: AbortSignal): Promise<boolean> {
    while (!condition()) {
      if (signal.aborted) return false;
      await this.#changed.wait(signal);
    }
    return true;
  }

  /** Does what a typed line asks for; returns whether it asks to leave. What goes wrong is shown. */
  async run(line: string): Promise<"stay" | "leave"> {
    const asked = readChatLine(line);
    if (asked.kind === "quit") return "leave";
    try {
      await this.#do(asked);
    } catch (error) {
      this.#fault(errorText(error));
    }
    return "stay";
  }

  /** Lets go of the client, which stays as it is. */
  [Symbol.dispose](): void {
    for (const remove of this.#removers) remove();
  }

  async #do(asked: Exclude<ChatLine, { kind: "quit" }>): Promise<void> {
    switch (asked.kind) {
      case "empty":
        return;
      case "say":
        return this.#own(this.#client.say(this.#room, asked.text));
      case "username":
        return await this.#rename(asked.name);
      case "binary": {
        const bytes = new TextEncoder().encode(asked.text);
        return this.#own(this.#client.sendBinary(this.#room, bytes));
      }
      case "file":
        return await this.#sendFile(asked.path);
      case "save":
        return await this.#save(asked.number, asked.path);
      case "who":
        return this.#view.answer(presenceText(await this.#client.who(this.#room)));
      case "help":
        return this.#view.answer(helpText());
      case "fault":
        return this.#fault(asked.message);
    }
  }

  async #rename(name: string): Promise<void> {
    if (this.#state.phase === "joined") {
      await this.#client.rename(this.#room, name);
    } else {
      this.#client.join(this.#room, { username: name });
    }
  }

  async #sendFile(path: string): Promise<void> {
    const bytes = await readOutgoingFile(expandHome(path), this.#client.fileBytesMax);
    const name = basename(path);
    this.#own(this.#client.sendBinary(this.#room, bytes, { name, ...mediaTypeOf(name) }));
  }

  async #save(number: number, path: string | undefined): Promise<void> {
    const target = path === undefined ? undefined : expandHome(path);
    this.#view.answer(`Saved ${await this.#files.save(number, target)}`);
  }

  #own(message: OutgoingMessage): void {
    this.#view.own(this.#username() ?? "you", message);
    if (this.#state.phase !== "joined") this.#view.note("Waits until it can be sent");
  }

  #said({ messages, origin, gap }: SaidBatch): void {
    if (gap) this.#view.note("Some of what was said meanwhile is missing");
    if (origin === "missed" && messages.length > 0) this.#view.note("Said meanwhile:");
    for (const said of messages) {
      this.#view.said(said, said.type === "binary" ? this.#keep(said) : undefined);
    }
  }

  #keep(said: ChatBinary): number | undefined {
    const data = fromBase64(said.data);
    return data && this.#files.add({ name: said.name, data });
  }

  #outgoing(message: OutgoingMessage, status: OutgoingStatus): void {
    if (status.phase === "pending") {
      this.#unsettled.add(message.key);
      return;
    }
    this.#unsettled.delete(message.key);
    this.#changed.ring();
    if (status.phase === "failed") this.#fault(status.message);
    else if (!status.stored) this.#view.note(`Not kept in the history: ${excerptOf(message)}`);
  }

  #present(presence: Presence): void {
    this.#users = presence.users;
    if (this.#isWelcomed) return;
    this.#isWelcomed = true;
    this.#view.note(presenceText(presence));
  }

  #linkChanged(state: LinkState): void {
    switch (state.phase) {
      case "reconnecting":
        if (!this.#isLost) this.#view.note(`Not connected: ${state.reason}. Trying again`);
        this.#isLost = true;
        break;
      case "live":
        if (this.#isLost) this.#view.note("Connected again");
        this.#isLost = false;
        break;
      case "stopped":
        if (state.reason.kind === "asked" || state.reason.kind === "not_started") break;
        this.#onFailure(new SetupError(`Cannot chat at ${this.#client.url}: ${goodbye(state)}`));
        break;
      case "connecting":
      case "stale":
        break;
    }
  }

  #roomChanged(state: RoomState): void {
    const before = this.#state;
    this.#state = state;
    this.#changed.ring();
    const phase = state.phase === "joined" || state.phase === "refused" ? state.phase : "away";
    this.#view.status({ username: this.#username(), phase });
    if (state.phase === "refused") {
      const advice = state.code === "username_taken" ? ". /username NAME takes another" : "";
      this.#fault(`${state.message}${advice}`);
    }
    if (state.phase !== "joined") return;
    if (state.username !== this.#toldName) {
      this.#view.note(`You are ${state.username} in the room ${this.#room}`);
      this.#toldName = state.username;
    }
    if (!state.kept && (before.phase !== "joined" || before.kept)) {
      this.#view.note("What is said now is not kept: the server cannot store it");
    }
  }

  #username(): string | undefined {
    return this.#state.phase === "left" ? undefined : this.#state.username;
  }

  #fault(text: string): void {
    this.#failures += 1;
    this.#view.fault(quotedText(text));
  }
}

function presenceText({ count, users }: Presence): string {
  const others = count > users.length ? ` and ${count - users.length} more` : "";
  return `${count} in the room: ${users.join(", ")}${others}`;
}

function helpText(): string {
  const width = Math.max(...CHAT_COMMANDS.map(({ usage }) => usage.length));
  return [
    ...CHAT_COMMANDS.map(({ usage, does }) => `${usage.padEnd(width)}  ${does}`),
    `${"//TEXT".padEnd(width)}  sends a text that begins with a slash`,
  ].join("\n");
}

function excerptOf(message: OutgoingMessage): string {
  const text = message.kind === "text" ? message.content : message.name ?? "bytes";
  const characters = [...text.replace(/\s+/g, " ")];
  const cut = characters.slice(0, EXCERPT_CHARACTERS_MAX).join("");
  return characters.length > EXCERPT_CHARACTERS_MAX ? `${cut}…` : cut;
}

function goodbye({ reason }: Extract<LinkState, { phase: "stopped" }>): string {
  if (reason.kind === "closed") {
    const words = reason.reason === "" ? "" : `, ${quotedText(reason.reason)}`;
    return `the server closed with ${reason.code}${words}.${tokenAdvice(reason)}`;
  }
  return reason.kind === "refused" ? quotedText(reason.message) : "it was stopped";
}
