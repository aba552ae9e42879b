import {
  PRICE_PROTOCOL_JSON,
  type ServerMessage,
  serverMessageSchema,
} from "../session/protocol.ts";
import { jsonProtocol, type WireProtocol } from "./wire_protocol.ts";

const KNOWN_TYPES: ReadonlySet<string> = new Set(
  serverMessageSchema.options.map((option) => option.entries.type.literal),
);

/** The price feed's subprotocol. */
export const PRICE_WIRE: WireProtocol<ServerMessage> = jsonProtocol(
  PRICE_PROTOCOL_JSON,
  (type) => KNOWN_TYPES.has(type) ? serverMessageSchema : undefined,
);
