import { Buffer } from "node:buffer";
import type { ChatMessage, HistoryPage } from "../db/chat_store.ts";
import type { ChatSaid } from "../session/chat_protocol.ts";
import type { RequestId } from "../session/protocol.ts";
import { chatFrame, saidFrame } from "./chat_frames.ts";

/** How large a history may become, in bytes as it is sent. */
export interface HistoryBounds {
  /** Of a frame, unless one message alone is larger. */
  readonly frameBytesMax: number;
  /** Of one message; one that is larger comes without its content. */
  readonly messageBytesMax: number;
}

const FRAME_BYTES_MAX = 512 * 1024;
const TOO_LARGE = "(too large for the history)";

/**
 * What a client can be sent that reads: it is let go beyond twice its socket's high-water mark, and other
 * frames come around a history.
 *
 * @param sendBufferBytesMax the high-water mark
 */
export function historyBounds(sendBufferBytesMax: number): HistoryBounds {
  return {
    frameBytesMax: Math.min(FRAME_BYTES_MAX, Math.floor(sendBufferBytesMax / 2)),
    messageBytesMax: Math.floor(sendBufferBytesMax * 1.5),
  };
}

/**
 * Encodes a `history`: as many of the page's messages as fit, the newest, and one at least, which a client
 * needs to ask for older ones. A control character takes one byte in the database and six in JSON, so
 * that only what is encoded tells how much fits.
 *
 * @param head what the frame says beside its page
 */
export function historyFrame(
  head: { readonly id?: RequestId | undefined; readonly room: string; readonly kept: boolean },
  page: HistoryPage,
  { frameBytesMax, messageBytesMax }: HistoryBounds,
): string {
  const { id, room, kept } = head;
  const parts: string[] = [];
  const frame = (more: boolean) => {
    const start = JSON.stringify({ type: "history", ...(id === undefined ? {} : { id }), room });
    const end = JSON.stringify({ more, kept });
    return `${start.slice(0, -1)},"messages":[${parts.toReversed().join()}],${end.slice(1)}`;
  };
  let bytes = Buffer.byteLength(frame(true));
  for (const message of page.messages.toReversed()) {
    const part = saidPart(message, messageBytesMax);
    bytes += Buffer.byteLength(part) + 1;
    if (bytes > frameBytesMax && parts.length > 0) return frame(true);
    parts.push(part);
  }
  return frame(page.more);
}

function saidPart(message: ChatMessage, bytesMax: number): string {
  const { content } = message;
  const bytesMin = content.kind === "text" ? content.text.length : content.data.length;
  const part = bytesMin > bytesMax ? undefined : chatFrame(saidFrame(message));
  if (part !== undefined && Buffer.byteLength(part) <= bytesMax) return part;
  return chatFrame(withoutContent(saidFrame(message)));
}

function withoutContent(said: ChatSaid): ChatSaid {
  return said.type === "message"
    ? { ...said, content: TOO_LARGE, omitted: true }
    : { ...said, data: "", omitted: true };
}
