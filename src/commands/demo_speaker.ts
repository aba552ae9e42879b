import { ChatClient, type OutgoingMessage, type OutgoingStatus } from "../client/chat_client.ts";
import { bytesText } from "../client/chat_format.ts";
import type { Closable } from "../lifecycle.ts";
import type { ChatSaid } from "../session/chat_protocol.ts";
import { DemoEar, ensure, type Transcript } from "./demo_ear.ts";

/** How somebody enters a room. */
export interface SpeakerOptions {
  readonly name: string;
  readonly url: string;
  readonly room: string;
  /** Earlier messages to be told, 0 to 100. */
  readonly history?: number;
}

/** Somebody in a demonstration with a chat client and a connection of their own. */
export class DemoSpeaker implements Closable {
  readonly ear: DemoEar;
  readonly client: ChatClient;
  /** Bytes that came in, in order. */
  readonly received: Uint8Array[] = [];
  readonly #room: string;
  readonly #statuses = new Map<string, OutgoingStatus>();
  /** From the list of those who are there on, which follows the history, everything live is heard. */
  #isPresent = false;

  private constructor(transcript: Transcript, options: SpeakerOptions) {
    const ear = new DemoEar(options.name, transcript);
    this.ear = ear;
    this.#room = options.room;
    this.client = new ChatClient({ url: options.url });
    this.client.on("said", ({ messages }) => {
      for (const said of messages) this.#said(said);
    });
    this.client.on("system", ({ content }) => ear.hear(`* ${content}`));
    this.client.on("outgoing", ({ message, status }) => {
      this.#statuses.set(message.key, status);
      ear.ring();
    });
    this.client.on("room", ({ state }) => {
      if (state.phase !== "joined") this.#isPresent = false;
    });
    this.client.on("presence", () => {
      this.#isPresent = true;
      ear.ring();
    });
    this.client.join(options.room, { username: options.name, history: options.history ?? 0 });
  }

  /** Connects and resolves when the room has let them in. */
  static async enter(transcript: Transcript, options: SpeakerOptions): Promise<DemoSpeaker> {
    const speaker = new DemoSpeaker(transcript, options);
    speaker.client.start();
    try {
      await speaker.inRoom();
    } catch (error) {
      speaker.close();
      throw error;
    }
    speaker.ear.tell(`joins    the room ${options.room}`);
    return speaker;
  }

  /** Resolves when the room has let them in, again after a lost connection. */
  async inRoom(): Promise<void> {
    await this.ear.until("be in the room", () => this.#isPresent);
  }

  /** Says something, and waits for the acknowledgement; returns whether the history has it. */
  async say(text: string): Promise<boolean> {
    const message = this.client.say(this.#room, text);
    this.ear.tell(`says     ${text}`);
    return await this.acknowledged(message);
  }

  /** Sends bytes, which with a name are a file. */
  async send(bytes: Uint8Array<ArrayBuffer>, name?: string): Promise<void> {
    const message = this.client.sendBinary(this.#room, bytes, name === undefined ? {} : { name });
    this.ear.tell(`sends    ${bytesText({ name, bytes })}`);
    await this.acknowledged(message);
  }

  /** Waits until the server has taken a message; returns whether the history has it. */
  async acknowledged(message: OutgoingMessage): Promise<boolean> {
    const status = () => this.#statuses.get(message.key);
    await this.ear.until("be acknowledged", () => (status()?.phase ?? "pending") !== "pending");
    const settled = status();
    if (settled?.phase === "failed") throw new Error(settled.message);
    return settled?.phase === "sent" && settled.stored;
  }

  /** Names in the room; everything that the server sent before has arrived by then. */
  async who(): Promise<readonly string[]> {
    return (await this.client.who(this.#room)).users;
  }

  /** Makes sure that a line has not been heard, by asking for something that would come after it. */
  async hearsNothingOf(line: string): Promise<void> {
    await this.who();
    ensure(this.ear.count(line) === 0, `${this.ear.name} must not hear "${line}", does`);
  }

  close(): void {
    this.client.stop();
  }

  #said(said: ChatSaid): void {
    if (said.type === "message") return this.ear.hear(`${said.username}: ${said.content}`);
    const bytes = Uint8Array.fromBase64(said.data);
    this.received.push(bytes);
    this.ear.hear(`${said.username}: ${bytesText({ name: said.name, bytes })}`);
  }
}
