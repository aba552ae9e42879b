import * as v from "valibot";

/** What a frame turned out to be. */
export type Decoded<Message> =
  | { readonly kind: "message"; readonly message: Message }
  /** Of a type that this version does not know: a newer server's, to be ignored. */
  | { readonly kind: "unknown"; readonly type: string }
  | { readonly kind: "malformed"; readonly fault: string };

/** A subprotocol as a client meets it: its name, and how to read what the server sends. */
export interface WireProtocol<Message> {
  readonly name: string;
  /** Whether the server's frames are binary and compressed; what is in them is decoded then. */
  readonly compressed: boolean;
  /** Decodes the data of one WebSocket message. MUST NOT throw, whatever the server sends. */
  decode(data: unknown): Decoded<Message>;
}

const typedSchema = v.object({ type: v.string(), kind: v.optional(v.unknown()) });
const FAULT_CHARS_MAX = 200;

/**
 * A subprotocol of one JSON document a frame.
 *
 * @param schemaOf what messages of this type and `kind` must look like; `undefined` when it is not known
 */
export function jsonProtocol<Message>(
  name: string,
  schemaOf: (type: string, kind: unknown) => v.GenericSchema<unknown, Message> | undefined,
): WireProtocol<Message> {
  return {
    name,
    compressed: false,
    decode(data) {
      if (typeof data !== "string") return malformed("must be text, is binary");
      let document: unknown;
      try {
        document = JSON.parse(data);
      } catch (error) {
        return malformed(`must be JSON, is not: ${error instanceof Error ? error.message : error}`);
      }
      const typed = v.safeParse(typedSchema, document);
      if (!typed.success) return malformed("must be an object with a type, is not");
      const { type, kind } = typed.output;
      const schema = schemaOf(type, kind);
      if (schema === undefined) return { kind: "unknown", type };
      const result = v.safeParse(schema, document, { abortEarly: true });
      if (result.success) return { kind: "message", message: result.output };
      const [issue] = result.issues;
      return malformed(`${type}.${v.getDotPath(issue) ?? ""}: ${issue.message}`);
    },
  };
}

/** The same documents as in another subprotocol, compressed. */
export function deflateProtocol<Message>(
  name: string,
  { decode }: WireProtocol<Message>,
): WireProtocol<Message> {
  return { name, compressed: true, decode };
}

/** What to say of a frame that cannot be read. */
export function malformed(fault: string): Extract<Decoded<never>, { kind: "malformed" }> {
  return { kind: "malformed", fault: `Cannot read a message: ${fault}`.slice(0, FAULT_CHARS_MAX) };
}
