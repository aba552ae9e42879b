import * as v from "valibot";
import { excerpt } from "../excerpt.ts";
import { issueText } from "../issue_text.ts";
import { type ClientMessage, clientMessageSchema, type RequestId, requestId } from "./protocol.ts";

/** A client's message, or what is wrong with it. */
export type ParsedMessage<Message> =
  | { readonly ok: true; readonly message: Message }
  /** `id` where it could be read, so that the client knows which request failed. */
  | { readonly ok: false; readonly fault: string; readonly id: RequestId | undefined };

const FAULT_CHARACTERS_MAX = 500;
const withIdSchema = v.object({ id: requestId });

/** Reads one message under v1. Never throws, whatever the client sent. */
export function parseClientMessage(data: unknown): ParsedMessage<ClientMessage> {
  return parseMessage(data, clientMessageSchema);
}

/** Reads one JSON message of a client. Never throws, whatever the client sent. */
export function parseMessage<Message>(
  data: unknown,
  schema: v.GenericSchema<unknown, Message>,
): ParsedMessage<Message> {
  if (typeof data !== "string") {
    return invalid("must be a text frame, is binary", undefined);
  }
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch {
    return invalid(`must be a JSON document, is ${excerpt(data)}`, undefined);
  }
  const result = v.safeParse(schema, json);
  if (result.success) return { ok: true, message: result.output };
  return invalid(issueText(result.issues), requestIdOf(json));
}

function invalid(rule: string, id: RequestId | undefined): ParsedMessage<never> {
  return {
    ok: false,
    fault: `Cannot read the message: ${rule}`.slice(0, FAULT_CHARACTERS_MAX),
    id,
  };
}

function requestIdOf(json: unknown): RequestId | undefined {
  const result = v.safeParse(withIdSchema, json);
  return result.success ? result.output.id : undefined;
}
