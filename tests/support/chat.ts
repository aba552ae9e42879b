import { CHAT_PROTOCOL_JSON } from "../../src/session/chat_protocol.ts";
import { connect, type Dialogue, type Json } from "./dialogue.ts";

/** A client of `quotewire.chat.v1`. */
export interface ChatDialogue extends Dialogue {
  /** From its `hello`. */
  readonly session: string;
  /** Sends a request and returns its answer, or the `error` in its place. */
  ask(request: Json): Promise<Json>;
  /** Takes the next thing that somebody said, text or bytes; announcements are passed over. */
  said(what?: string): Promise<Json>;
  /** Takes the next announcement of that event. */
  event(event: string): Promise<Json>;
}

/** Connects to a room, and stays outside of it. @param url of the room: `ws://127.0.0.1:8080/chat/desk` */
export async function connectChat(
  url: string,
  headers: Record<string, string> = {},
): Promise<ChatDialogue> {
  const dialogue = await connect(url, CHAT_PROTOCOL_JSON, headers);
  const { session } = await orClose(dialogue, dialogue.nextOf("hello"));
  let lastId = 0;
  return Object.assign(dialogue, {
    session: String(session),
    async ask(request: Json) {
      lastId += 1;
      const id = lastId;
      dialogue.send({ id, ...request });
      return await dialogue.next(
        `an answer to ${JSON.stringify(request).slice(0, 80)}`,
        (frame) => frame.id === id,
      );
    },
    said: (what = "something said") =>
      dialogue.next(
        what,
        ({ type, kind }) => type === "binary" || (type === "message" && kind === "text"),
      ),
    event: (event: string) => dialogue.next(`event ${event}`, (frame) => frame.event === event),
  });
}

/** Connects to a room and joins it; history and presence have arrived. */
export async function joinChat(
  url: string,
  username: string,
  more: Json = {},
  headers: Record<string, string> = {},
): Promise<ChatDialogue & { readonly history: readonly Json[] }> {
  const client = await connectChat(url, headers);
  const join = async () => {
    const answer = await client.ask({ type: "join", username, ...more });
    if (answer.type !== "ack") throw new Error(`Cannot join: ${JSON.stringify(answer)}`);
    const { messages } = await client.nextOf("history");
    await client.nextOf("presence");
    return Array.isArray(messages) ? messages : [];
  };
  return Object.assign(client, { history: await orClose(client, join()) });
}

/** A connection that nobody gets to use is not kept. */
async function orClose<T>({ socket }: Dialogue, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** What was said, without what differs from run to run. */
export function gist(frame: Json): string {
  return `${frame.username}: ${frame.content ?? `${frame.name ?? "bytes"} (${frame.size})`}`;
}
