import * as v from "valibot";
import {
  CHAT_PROTOCOL_JSON,
  type ChatFrame,
  type ChatRequest,
  chatRequestSchema,
  type ChatSaid,
} from "../../src/session/chat_protocol.ts";
import { ScriptedServer, ScriptedSession } from "./scripted_server.ts";

type Asked<Type extends ChatRequest["type"]> = Extract<ChatRequest, { type: Type }>;

/** One connection of the chat as the test, which plays the server, sees it. */
export class ChatProtocolSession extends ScriptedSession<ChatRequest, ChatFrame> {
  /** The name that `hello` gives it. */
  readonly session: string = crypto.randomUUID();

  constructor(socket: WebSocket) {
    super(socket, (message) => v.parse(chatRequestSchema, message));
  }

  hello(entries: { heartbeatMs?: number; limits?: Record<string, number> } = {}): void {
    this.send({
      type: "hello",
      session: this.session,
      room: "lobby",
      server_time: Date.now(),
      heartbeat_ms: entries.heartbeatMs ?? 5000,
      limits: entries.limits ?? {},
    });
  }

  /** Acknowledges a join, under the name that it asked for. */
  let(asked: Asked<"join">, username = asked.username ?? "guest-1"): void {
    const { id = "", room = "lobby" } = asked;
    this.send({ type: "ack", id, room, username });
  }

  history(
    messages: ChatSaid[],
    entries: { room?: string; more?: boolean; kept?: boolean; id?: ChatRequest["id"] } = {},
  ): void {
    const { room = "lobby", more = false, kept = true, id } = entries;
    this.send({ type: "history", room, messages, more, kept, ...(id === undefined ? {} : { id }) });
  }

  /** Lets the next room be joined, with a history. */
  async welcome(messages: ChatSaid[] = []): Promise<Asked<"join">> {
    const asked = await this.receive("join");
    const { room = "lobby", username = "guest-1" } = asked;
    this.let(asked);
    this.history(messages, { room });
    this.send({ type: "presence", room, count: 1, users: [username] });
    return asked;
  }

  /** Greets a client, and lets it join the one room that it wants. */
  async greet(messages: ChatSaid[] = []): Promise<Asked<"join">> {
    this.hello();
    return await this.welcome(messages);
  }

  /** Acknowledges something that was said. */
  acknowledge(asked: Asked<"message" | "binary">, id: string, stored = true): void {
    const { id: request = "", room = "lobby" } = asked;
    this.send({ type: "ack", id: request, room, message: id, timestamp: 1.5, stored });
  }

  refuse(asked: ChatRequest, code: string): void {
    const { id = "", room = "lobby" } = asked;
    this.send({ type: "error", id, room, code, message: `no: ${code}` });
  }

  system(event: "join" | "history_off" | "history_on", username = "system"): void {
    const room = "lobby";
    const said = { id: crypto.randomUUID(), room, username, timestamp: 1.5, content: event };
    this.send({ type: "message", kind: "system", event, ...said });
  }
}

/** The chat's server side, played by the test. */
export class ChatProtocolServer extends ScriptedServer<ChatProtocolSession> {
  constructor() {
    super(CHAT_PROTOCOL_JSON, (socket) => new ChatProtocolSession(socket));
  }
}

/** A message on the wire, whose id orders by `position`. */
export function wireSaid(
  position: number,
  entries: { username?: string; content?: string; room?: string } = {},
): ChatSaid {
  const { username = "grace", content = `message ${position}`, room = "lobby" } = entries;
  const id = wireId(position);
  return { type: "message", kind: "text", id, room, username, content, timestamp: position };
}

/** Id of the message at a position. */
export function wireId(position: number): string {
  return `00000000-0000-7000-8000-${String(position).padStart(12, "0")}`;
}
