import type {
  ChatSaid,
  ChatSystem,
  OutgoingMessage,
  OutgoingStatus,
} from "../../../src/client/chat_client.ts";
import { fromBase64 } from "../../../src/client/base64.ts";

/** What somebody said: text, or bytes that can be saved. */
export type SpokenBody =
  | { readonly kind: "text"; readonly text: string }
  | {
    readonly kind: "file";
    readonly name: string;
    readonly bytes: Uint8Array<ArrayBuffer>;
    /** As its sender claims. */
    readonly mediaType: string | undefined;
  };

/** Something that somebody said. */
export interface SpokenLine {
  readonly kind: "spoken";
  /** Names the line within its room. */
  readonly key: string;
  /** Places it in the order of the room; `undefined` while the room has not heard it. */
  readonly id: string | undefined;
  readonly timeMs: number;
  readonly username: string;
  readonly isOwn: boolean;
  readonly body: SpokenBody;
  /** What became of it, where this page has said it. */
  readonly status: OutgoingStatus | undefined;
}

/** One line of a room. */
export type ChatLine =
  | SpokenLine
  | {
    readonly kind: "notice";
    readonly key: string;
    readonly id: string;
    readonly timeMs: number;
    readonly text: string;
  };

const NAMELESS = "data.bin";

/** A line for what was said by others, or by the user on another page. */
export function lineOfSaid(said: ChatSaid, isOwn: boolean): SpokenLine {
  const { id, username, timestamp } = said;
  const body: SpokenBody = said.type === "message" ? { kind: "text", text: said.content } : {
    kind: "file",
    name: said.name ?? NAMELESS,
    bytes: bytesOf(said.data),
    mediaType: said.media_type,
  };
  const timeMs = timeMsOf(timestamp);
  return { kind: "spoken", key: id, id, timeMs, username, isOwn, body, status: undefined };
}

/** A line for what the user says on this page. */
export function lineOfOutgoing(
  message: OutgoingMessage,
  status: OutgoingStatus,
  username: string,
): SpokenLine {
  const body: SpokenBody = message.kind === "text" ? { kind: "text", text: message.content } : {
    kind: "file",
    name: message.name ?? NAMELESS,
    bytes: message.bytes,
    mediaType: message.mediaType,
  };
  const isSent = status.phase === "sent";
  return {
    kind: "spoken",
    key: message.key,
    id: isSent ? status.id : undefined,
    timeMs: isSent ? timeMsOf(status.timestamp) : message.atMs,
    username,
    isOwn: true,
    body,
    status,
  };
}

/** A line for what happened. */
export function lineOfSystem({ id, timestamp, content }: ChatSystem): ChatLine {
  return { kind: "notice", key: id, id, timeMs: timeMsOf(timestamp), text: content };
}

/** A line that says that messages are missing, in its place right before one that is known, or right behind. */
export function lineOfGap(
  side: "before" | "behind",
  { id, timeMs }: { readonly id: string; readonly timeMs: number },
): ChatLine {
  // A prefix of an id comes before it in the order; what it is a prefix of, behind.
  const place = side === "before" ? id.slice(0, -1) : `${id} `;
  const text = "Some messages before this could not be read";
  return { kind: "notice", key: `gap ${place}`, id: place, timeMs, text };
}

/** Zero for what no calendar has. */
function timeMsOf(timestamp: number): number {
  const timeMs = timestamp * 1000;
  return Number.isNaN(new Date(timeMs).getTime()) ? 0 : timeMs;
}

function bytesOf(data: string): Uint8Array<ArrayBuffer> {
  return fromBase64(data) ?? new Uint8Array();
}
