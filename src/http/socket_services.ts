import * as v from "valibot";
import type { ChatChannel } from "../channels/chat_channel.ts";
import type { EchoChannel } from "../channels/echo_channel.ts";
import type { EventsChannel } from "../channels/events_channel.ts";
import { readTopics } from "../channels/topics.ts";
import { excerpt } from "../excerpt.ts";
import { CHAT_PROTOCOL_JSON, DEFAULT_ROOM, roomSchema } from "../session/chat_protocol.ts";
import type { Visitor } from "../session/visitor.ts";
import { PRICE_PROTOCOLS, type PriceChannel } from "../session/price_channel.ts";

/** What one path offers over WebSockets. */
export interface SocketService {
  /** Subprotocols that it speaks, beside none. */
  readonly protocols: readonly string[];
  /**
   * Reads what the request asks for, before it is accepted.
   *
   * @param protocol the one of `protocols` that the client offered
   */
  prepare(url: URL, protocol: string | undefined): Preparation;
}

/** How to open the session that was asked for, or which rule the request breaks. */
export type Preparation =
  | { readonly ok: true; readonly open: (socket: WebSocket, visitor: Visitor) => void }
  | { readonly ok: false; readonly fault: string };

/** The channels behind the services. */
export interface Channels {
  readonly prices: PriceChannel;
  readonly echo: EchoChannel;
  readonly events: EventsChannel;
  readonly chat: ChatChannel;
}

/** Every path that can be upgraded, as a pattern of the router. */
export function socketServices(channels: Channels): ReadonlyMap<string, SocketService> {
  const prices: SocketService = {
    protocols: PRICE_PROTOCOLS,
    prepare: (_url, protocol) => ({
      ok: true,
      open: (socket, visitor) => channels.prices.open(socket, protocol, visitor),
    }),
  };
  const echo: SocketService = {
    protocols: [],
    prepare: () => ({ ok: true, open: (socket, visitor) => channels.echo.open(socket, visitor) }),
  };
  const events: SocketService = {
    protocols: [],
    prepare(url) {
      const choice = readTopics(url.searchParams);
      if (!choice.ok) return choice;
      return {
        ok: true,
        open: (socket, visitor) => channels.events.open(socket, choice.topics, visitor),
      };
    },
  };
  const chat: SocketService = {
    protocols: [CHAT_PROTOCOL_JSON],
    prepare(url, protocol) {
      const choice = readRoom(url.pathname);
      if (!choice.ok) return choice;
      const kind = protocol === undefined ? "relay" : "chat";
      return {
        ok: true,
        open: (socket, visitor) => channels.chat.open(socket, kind, choice.room, visitor),
      };
    },
  };
  return new Map([
    ["/", prices],
    ["/ws", prices],
    ["/echo", echo],
    ["/events", events],
    ["/chat", chat],
    ["/chat/:room", chat],
  ]);
}

/** The room that a path like `/chat/ROOM` names, or what is wrong with it. */
function readRoom(pathname: string): { ok: true; room: string } | { ok: false; fault: string } {
  const name = pathname.split("/")[2];
  if (name === undefined) return { ok: true, room: DEFAULT_ROOM };
  const room = v.safeParse(roomSchema, decode(name));
  if (room.success) return { ok: true, room: room.output };
  return {
    ok: false,
    fault: `the room ${room.issues[0].message}, is ${excerpt(name)}`,
  };
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
