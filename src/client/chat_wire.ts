import { CHAT_PROTOCOL_JSON, type ChatFrame, chatFrameSchema } from "../session/chat_protocol.ts";
import { jsonProtocol, type WireProtocol } from "./wire_protocol.ts";

const [typedFrames, messageFrames] = chatFrameSchema.options;
const KNOWN_TYPES: ReadonlySet<string> = new Set(
  typedFrames.options.map((option) => option.entries.type.literal),
);
const KNOWN_KINDS: ReadonlySet<unknown> = new Set(
  messageFrames.options.map((option) => option.entries.kind.literal),
);

/** The chat's subprotocol. */
export const CHAT_WIRE: WireProtocol<ChatFrame> = jsonProtocol<ChatFrame>(
  CHAT_PROTOCOL_JSON,
  (type, kind) => {
    if (type === "message") return KNOWN_KINDS.has(kind) ? messageFrames : undefined;
    return KNOWN_TYPES.has(type) ? typedFrames : undefined;
  },
);
