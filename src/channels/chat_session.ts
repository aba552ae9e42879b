import * as v from "valibot";
import { permit } from "../auth/grant.ts";
import type { Announcement, PageRequest, ToDesk } from "../chat/desk_messages.ts";
import { historyBounds } from "../chat/history_frame.ts";
import { saidRate } from "../chat/message_bytes.ts";
import {
  CHAT_HEARTBEAT_INTERVAL_MS,
  CHAT_LIMITS,
  CHAT_RATE,
  type ChatFrame,
  type ChatRequest,
  chatRequestSchema,
  HISTORY_DEFAULT,
  JOIN_RATE,
} from "../session/chat_protocol.ts";
import { parseMessage } from "../session/client_messages.ts";
import { CLOSE_CODES } from "../session/close_codes.ts";
import type { ErrorCode } from "../session/error_codes.ts";
import type { AuthReply, RequestId } from "../session/protocol.ts";
import { RateLimit } from "../session/rate_limit.ts";
import { RequestLine } from "./request_line.ts";
import { TalkOutlet } from "./talk_outlet.ts";
import type { Talker, TalkerContext } from "./talker.ts";

/** Of the largest size, which are held behind a join or history that waits for the client. */
const HELD_MESSAGES = 2;

const bytesSchema = v.instance(ArrayBuffer);

/** A client of `quotewire.chat.v1`: reads its requests for the desk, and hands it what the desk answers. */
export class ChatSession implements Talker {
  readonly kind = "chat";
  readonly id = crypto.randomUUID();
  readonly #context: TalkerContext;
  readonly #outlet: TalkOutlet;
  readonly #line: RequestLine;
  readonly #rate = new RateLimit(CHAT_RATE);
  readonly #joins = new RateLimit(JOIN_RATE);

  constructor(context: TalkerContext) {
    this.#context = context;
    const { socket, limits, end } = context;
    this.#outlet = new TalkOutlet(socket, limits, end);
    const { frameBytesMax } = historyBounds(limits.sendBufferBytesMax);
    this.#line = new RequestLine({
      contentMax: HELD_MESSAGES * limits.messageBytesMax,
      hasRoomFor: (pagesOwed) => this.#outlet.hasRoomFor(pagesOwed * frameBytesMax),
      ask: (request) => context.ask(request),
    });
  }

  start(): void {
    const { limits } = this.#context;
    const said = saidRate(limits);
    this.#send({
      type: "hello",
      session: this.id,
      room: this.#context.room,
      server_time: Date.now(),
      heartbeat_ms: CHAT_HEARTBEAT_INTERVAL_MS,
      limits: {
        message_bytes: limits.messageBytesMax,
        content: CHAT_LIMITS.contentMax,
        username: CHAT_LIMITS.usernameMax,
        room: CHAT_LIMITS.roomMax,
        rooms: CHAT_LIMITS.roomsMax,
        history: CHAT_LIMITS.historyMax,
        requests_per_second: CHAT_LIMITS.requestsPerSecondMax,
        requests_burst: CHAT_LIMITS.requestsBurstMax,
        bytes_per_second: said.perSecondMax,
        bytes_burst: said.burstMax,
        joins_per_second: CHAT_LIMITS.joinsPerSecondMax,
        joins_burst: CHAT_LIMITS.joinsBurstMax,
      },
      auth: this.#context.lease.terms,
    });
  }

  receive(data: unknown, nowMs: number): boolean {
    const allowed = this.#rate.take(nowMs);
    const bytes = v.safeParse(bytesSchema, data);
    const parsed = bytes.success
      ? { ok: true, message: { type: "bytes", data: bytes.output } } as const
      : parseMessage(data, chatRequestSchema);
    if (!parsed.ok) {
      this.#fail("invalid_message", parsed.fault, parsed.id);
      return false;
    }
    const { message } = parsed;
    const id = message.type === "bytes" ? undefined : message.id;
    if (!allowed) this.#failTooFast(id);
    else if (message.type !== "join" || this.#mayJoin(message, nowMs)) {
      const fault = this.#line.add(this.#request(message));
      if (fault !== undefined) this.#fail("rate_limited", `Cannot do the request: ${fault}`, id);
    }
    return true;
  }

  tell(frame: string): void {
    this.#outlet.send(frame);
  }

  refuse(frame: string): void {
    this.#outlet.send(frame);
  }

  holdBack(frame: string): void {
    this.#outlet.send(frame);
  }

  answered(request: Pick<PageRequest, "kind" | "room">, frame: string | undefined): void {
    // Before the line looks for room for a page more.
    if (frame !== undefined) this.#outlet.send(frame);
    this.#line.answered(request);
  }

  hear({ frame }: Announcement): void {
    this.#outlet.send(frame);
  }

  replaced(): void {
    this.#context.end(CLOSE_CODES.done, "replaced by another connection of its client");
  }

  beat(heartbeat: string | undefined, nowMs: number): void {
    if (heartbeat !== undefined) this.#outlet.send(heartbeat);
    this.#outlet.beat(nowMs);
  }

  get waiting(): boolean {
    return this.#outlet.waiting || this.#line.waiting;
  }

  pump(nowMs: number): void {
    this.#outlet.watch(nowMs);
    this.#line.goOn();
  }

  answerAuth(reply: AuthReply): void {
    this.#send(reply);
  }

  announceClosing(reason: string, reconnectAfterMs: number): void {
    this.#send({ type: "closing", reason, reconnect_after_ms: reconnectAfterMs });
  }

  ended(): void {
    this.#line.close();
    this.#context.ask({ session: this.id, kind: "gone" });
  }

  #request(message: ChatRequest | { type: "bytes"; data: ArrayBuffer }): ToDesk {
    const session = this.id;
    const { room: here } = this.#context;
    if (message.type === "bytes") {
      const content = { kind: "binary", data: new Uint8Array(message.data) } as const;
      return { session, kind: "say", room: here, content };
    }
    const { id, room = here } = message;
    switch (message.type) {
      case "join": {
        const { username, after, session: former, history = HISTORY_DEFAULT } = message;
        const { address } = this.#context;
        const joined = { room, username, after, former, history, address, relay: false };
        return { session, kind: "join", id, ...joined };
      }
      case "message": {
        const content = { kind: "text", text: message.content } as const;
        return { session, kind: "say", id, room, content, key: message.key };
      }
      case "binary": {
        const { name, media_type: mediaType, key } = message;
        const data = Uint8Array.fromBase64(message.data);
        const content = { kind: "binary", data, name, mediaType } as const;
        return { session, kind: "say", id, room, content, key };
      }
      case "rename":
        return { session, kind: "rename", id, room, username: message.username };
      case "history": {
        const { before, after, limit = HISTORY_DEFAULT } = message;
        return { session, kind: "history", id, room, before, after, limit };
      }
      case "presence":
      case "leave":
        return { session, kind: message.type, id, room };
    }
  }

  /** The other requests need to be in the room first. */
  #mayJoin(
    { id, room = this.#context.room }: Extract<ChatRequest, { type: "join" }>,
    nowMs: number,
  ): boolean {
    if (!this.#joins.take(nowMs)) {
      const { joinsPerSecondMax, joinsBurstMax } = CHAT_LIMITS;
      const rule = `must be ${joinsPerSecondMax} joins a second at most, ${joinsBurstMax} at once`;
      this.#fail("rate_limited", `Cannot join: ${rule}`, id);
      return false;
    }
    const permission = permit([room], this.#context.lease.grant.rooms, "room");
    if (!permission.ok) this.#fail("forbidden", `Cannot join: ${permission.fault}`, id);
    return permission.ok;
  }

  #failTooFast(id: RequestId | undefined): void {
    const { requestsPerSecondMax, requestsBurstMax } = CHAT_LIMITS;
    const rule = `must be ${requestsPerSecondMax} a second at most, ${requestsBurstMax} at once`;
    this.#fail("rate_limited", `Cannot do the request: ${rule}`, id);
  }

  #fail(code: ErrorCode, message: string, id: RequestId | undefined): void {
    this.#send({ type: "error", ...(id === undefined ? {} : { id }), code, message });
  }

  #send(frame: ChatFrame): void {
    this.#outlet.send(JSON.stringify(frame));
  }
}
