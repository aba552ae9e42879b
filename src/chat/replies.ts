import type { NewChatMessage } from "../db/chat_store.ts";
import type { ChatFrame } from "../session/chat_protocol.ts";
import type { ErrorCode } from "../session/error_codes.ts";
import type { RequestId } from "../session/protocol.ts";
import { chatFrame, refusalFrame } from "./chat_frames.ts";
import type { HistoryRequest, PageRequest } from "./desk_messages.ts";
import type { Member, Room } from "./room.ts";

/** Who is answered. */
export type Recipient = Pick<Member, "session" | "station">;

type AckFrame = Extract<ChatFrame, { type: "ack" }>;

/** Sends one session a frame. */
export function tell({ station, session }: Recipient, frame: string): void {
  station.post({ kind: "tell", session, frame });
}

/** Lets a session hear what is said in the room from now on. */
export function enter(room: Room, { station, session }: Recipient): void {
  station.post({ kind: "enter", session, room: room.name });
}

/** What an `ack` says of a message: the time is that which the room was told, since that in an id runs ahead of a clock that was set back. */
export function saidEntries(
  { id, timeMs }: Pick<NewChatMessage, "id" | "timeMs">,
  stored: boolean,
): Partial<AckFrame> {
  return { message: id, timestamp: timeMs / 1000, stored };
}

/** A request was done; one without an id wants no answer. */
export function acknowledge(
  member: Recipient,
  { id, room }: { readonly id?: RequestId | undefined; readonly room: string },
  entries: Partial<AckFrame> = {},
): void {
  if (id !== undefined) tell(member, chatFrame({ type: "ack", id, room, ...entries }));
}

/** A request was not done, because its sender says too much. */
export function holdBack(
  { station, session }: Recipient,
  request: { kind: string; room: string; id?: RequestId | undefined },
  rule: string,
): void {
  const frame = refusalFrame(request, "rate_limited", `Cannot ${request.kind}: ${rule}`);
  station.post({ kind: "hold_back", session, frame });
}

/** A request that may have brought a page is done with. @param frame the answer to a `history` */
export function conclude(
  { station, session }: Recipient,
  { kind, room }: Pick<PageRequest, "kind" | "room">,
  frame?: string,
): void {
  station.post({ kind: "answered", session, request: { kind, room }, frame });
}

/** A `history` was not read. */
export function refuseHistory(
  recipient: Recipient,
  request: HistoryRequest,
  code: ErrorCode,
  fault: string,
): void {
  conclude(recipient, request, refusalFrame(request, code, `Cannot read the history: ${fault}`));
}

/** Another request was not done. */
export function refuse(
  { station, session }: Recipient,
  request: { kind: string; room: string; id?: RequestId | undefined },
  code: ErrorCode,
  fault: string,
): void {
  const frame = refusalFrame(request, code, `Cannot ${request.kind}: ${fault}`);
  station.post({ kind: "refuse", session, frame });
}
