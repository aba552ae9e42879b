import { ChatClient, type ChatEvents, type RoomState } from "../../src/client/chat_client.ts";
import type { Clock } from "../../src/client/clock.ts";
import { ChatProtocolServer, type ChatProtocolSession } from "./chat_protocol_server.ts";
import type { ChatSaid } from "../../src/session/chat_protocol.ts";
import { waitFor } from "./wait_for.ts";

/** A chat client with a server that the test plays, and everything that the client told its listeners. */
export class ChatFixture implements AsyncDisposable {
  readonly server = new ChatProtocolServer();
  readonly client: ChatClient;
  readonly faults: ChatEvents["error"][] = [];
  readonly said: ChatEvents["said"][] = [];
  readonly outgoing: ChatEvents["outgoing"][] = [];

  constructor(options: { clock?: Clock; formerSession?: string } = {}) {
    this.client = new ChatClient({ url: this.server.url, random: () => 0, ...options });
    this.client.on("error", (fault) => this.faults.push(fault));
    this.client.on("said", (batch) => this.said.push(batch));
    this.client.on("outgoing", (event) => this.outgoing.push(event));
    this.client.start();
  }

  /** Joins `lobby` as ada, and returns the connection on which that was done. */
  async joined(messages: ChatSaid[] = []): Promise<ChatProtocolSession> {
    this.client.join("lobby", { username: "ada" });
    const session = await this.server.next();
    await session.greet(messages);
    await this.room("joined");
    await this.heard(messages.length);
    return session;
  }

  async room<Phase extends RoomState["phase"]>(
    phase: Phase,
    name = "lobby",
  ): Promise<Extract<RoomState, { phase: Phase }>> {
    return await waitFor(`room ${name} to be ${phase}`, () => {
      const state = this.client.rooms().find(({ room }) => room === name)?.state;
      return state !== undefined && isIn(state, phase) && state;
    });
  }

  /** Waits for so many messages in all, and returns their contents. */
  async heard(count: number): Promise<string[]> {
    return await waitFor(`${count} messages`, () => {
      const contents = this.contents();
      return contents.length >= count && contents;
    });
  }

  /** Contents of all messages so far. */
  contents(): string[] {
    return this.said.flatMap(({ messages }) => messages)
      .map((message) => message.type === "message" ? message.content : message.data);
  }

  /** Waits until a message is no longer pending. */
  async settled(key: string): Promise<ChatEvents["outgoing"]["status"]> {
    return await waitFor("the message to be settled", () => {
      const status = this.outgoing.findLast(({ message }) => message.key === key)?.status;
      return status !== undefined && status.phase !== "pending" && status;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.stop();
    await this.server.close();
  }
}

function isIn<Phase extends RoomState["phase"]>(
  state: RoomState,
  phase: Phase,
): state is Extract<RoomState, { phase: Phase }> {
  return state.phase === phase;
}
