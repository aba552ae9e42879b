import { subscriberOf } from "../address.ts";
import { chatFrame } from "../chat/chat_frames.ts";
import type { Announcement, FromDesk } from "../chat/desk_messages.ts";
import type { Closable } from "../lifecycle.ts";
import { CHAT_HEARTBEAT_INTERVAL_MS } from "../session/chat_protocol.ts";
import { HEARTBEAT_INTERVAL_MS } from "../session/protocol.ts";
import type { LiveLimits } from "../session/session.ts";
import type { SessionRegistry } from "../session/registry.ts";
import type { SessionGroup } from "../session/session_group.ts";
import type { Visitor } from "../session/visitor.ts";
import { ChatSession } from "./chat_session.ts";
import { RelaySession } from "./relay_session.ts";
import type { Talker, TalkerContext } from "./talker.ts";

/** What a worker's chat stands on. */
export interface ChatChannelOptions {
  readonly limits: LiveLimits;
  /** From `ChatDesk.openLink`. */
  readonly deskPort: MessagePort;
}

const BEATS_PER_HEARTBEAT = CHAT_HEARTBEAT_INTERVAL_MS / HEARTBEAT_INTERVAL_MS;

/** The chat on one worker: takes its sessions' requests to the desk, and what the desk says to them. */
export class ChatChannel implements Closable {
  readonly #options: ChatChannelOptions;
  readonly #sessions: SessionGroup<Talker>;
  /** Sessions that have asked the desk for something and are not over. */
  readonly #talkers = new Map<string, Talker>();
  /** Who hears what is said in which room, as the desk decides. */
  readonly #rooms = new Map<string, Map<string, Talker>>();
  #beats = 0;

  constructor(registry: SessionRegistry, options: ChatChannelOptions) {
    this.#options = options;
    this.#sessions = registry.group({ endpoint: "chat", beat: () => this.#beat() });
    options.deskPort.onmessage = (event: MessageEvent<FromDesk>) => this.#receive(event.data);
  }

  /** Takes over a socket that is being upgraded. */
  open(socket: WebSocket, kind: Talker["kind"], room: string, visitor: Visitor): void {
    const { limits, deskPort } = this.#options;
    this.#sessions.open(socket, visitor, (outlet, end) => {
      const context: TalkerContext = {
        socket: outlet,
        limits,
        lease: visitor.lease,
        address: subscriberOf(visitor.address),
        room,
        end,
        ask: (request) => {
          if (request.kind === "gone") this.#talkers.delete(request.session);
          else this.#talkers.set(request.session, talker);
          deskPort.postMessage(request);
        },
      };
      const talker = kind === "chat" ? new ChatSession(context) : new RelaySession(context);
      return talker;
    });
  }

  close(): void {
    this.#options.deskPort.close();
  }

  #receive(message: FromDesk): void {
    if (message.kind === "announce") return this.#announce(message);
    const { kind, session } = message;
    if (kind === "exit") return this.#exit(session, message.room);
    const talker = this.#talkers.get(session);
    // It ended while the desk answered; the desk is about to hear of it.
    if (talker === undefined) return;
    switch (kind) {
      case "tell":
        return this.#sessions.one(talker, () => talker.tell(message.frame));
      case "refuse":
        return this.#sessions.one(talker, () => talker.refuse(message.frame));
      case "hold_back":
        return this.#sessions.one(talker, () => talker.holdBack(message.frame));
      case "answered":
        return this.#sessions.one(talker, () => talker.answered?.(message.request, message.frame));
      case "enter":
        return this.#enter(talker, message.room);
      case "end":
        return this.#sessions.one(talker, () => talker.replaced());
    }
  }

  #announce(announcement: Announcement): void {
    for (const talker of this.#rooms.get(announcement.room)?.values() ?? []) {
      if (talker.id === announcement.except) continue;
      this.#sessions.one(talker, () => talker.hear(announcement));
    }
  }

  #enter(talker: Talker, room: string): void {
    const talkers = this.#rooms.get(room) ?? new Map<string, Talker>();
    talkers.set(talker.id, talker);
    this.#rooms.set(room, talkers);
  }

  #exit(session: string, room: string): void {
    const talkers = this.#rooms.get(room);
    talkers?.delete(session);
    if (talkers?.size === 0) this.#rooms.delete(room);
  }

  #beat() {
    this.#beats += 1;
    const due = this.#beats % BEATS_PER_HEARTBEAT === 0;
    return () => {
      const heartbeat = due ? chatFrame({ type: "heartbeat", server_time: Date.now() }) : undefined;
      return (talker: Talker, nowMs: number) => talker.beat(heartbeat, nowMs);
    };
  }
}
