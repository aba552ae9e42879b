import * as v from "valibot";
import { type ServerMessage, serverMessageSchema } from "../session/protocol.ts";

/** What a frame turned out to be. */
export type Decoded =
  | { readonly kind: "message"; readonly message: ServerMessage }
  /** Of a type that this version does not know: a newer server's, to be ignored. */
  | { readonly kind: "unknown"; readonly type: string }
  | { readonly kind: "malformed"; readonly fault: string };

const KNOWN_TYPES: ReadonlySet<string> = new Set(
  serverMessageSchema.options.map((option) => option.entries.type.literal),
);

const typedSchema = v.object({ type: v.string() });
const FAULT_CHARS_MAX = 200;

/** Decodes the data of one WebSocket message. Never throws, whatever the server sends. */
export function decodeServerMessage(data: unknown): Decoded {
  if (typeof data !== "string") return malformed("must be text, is binary");
  let document: unknown;
  try {
    document = JSON.parse(data);
  } catch (error) {
    return malformed(`must be JSON, is not: ${error instanceof Error ? error.message : error}`);
  }
  if (!v.is(typedSchema, document)) return malformed("must be an object with a type, is not");
  const { type } = document;
  if (!KNOWN_TYPES.has(type)) return { kind: "unknown", type };
  const result = v.safeParse(serverMessageSchema, document, { abortEarly: true });
  if (result.success) return { kind: "message", message: result.output };
  const [issue] = result.issues;
  return malformed(`${type}.${v.getDotPath(issue) ?? ""}: ${issue.message}`);
}

function malformed(fault: string): Decoded {
  return { kind: "malformed", fault: `Cannot read a message: ${fault}`.slice(0, FAULT_CHARS_MAX) };
}
