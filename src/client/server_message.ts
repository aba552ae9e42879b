import {
  PRICE_PROTOCOL_DEFLATE,
  PRICE_PROTOCOL_JSON,
  type ServerMessage,
  serverMessageSchema,
} from "../session/protocol.ts";
import { deflateProtocol, jsonProtocol, type WireProtocol } from "./wire_protocol.ts";

const KNOWN_TYPES: ReadonlySet<string> = new Set(
  serverMessageSchema.options.map((option) => option.entries.type.literal),
);

/** The price feed's subprotocol in text. */
export const PRICE_WIRE: WireProtocol<ServerMessage> = jsonProtocol(
  PRICE_PROTOCOL_JSON,
  (type) => KNOWN_TYPES.has(type) ? serverMessageSchema : undefined,
);

/** The price feed's subprotocol, compressed. */
export const PRICE_WIRE_DEFLATE: WireProtocol<ServerMessage> = deflateProtocol(
  PRICE_PROTOCOL_DEFLATE,
  PRICE_WIRE,
);
