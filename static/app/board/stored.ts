import * as v from "valibot";
import type { PageStorage } from "../page_storage.ts";

/** What a browser's storage has under a name. */
export type Stored<Value> =
  | { readonly kind: "nothing" }
  | { readonly kind: "read"; readonly value: Value }
  /** Something else wrote there, or an older page did: `text` is what it wrote. */
  | { readonly kind: "unreadable"; readonly text: string };

/** Reads JSON that fits the schema. A storage that is forbidden holds nothing. */
export function readStored<Value>(
  storage: PageStorage,
  key: string,
  schema: v.GenericSchema<unknown, Value>,
): Stored<Value> {
  let text: string | null;
  try {
    text = storage.getItem(key);
  } catch (error) {
    if (error instanceof DOMException) return { kind: "nothing" };
    throw error;
  }
  if (text === null) return { kind: "nothing" };
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? { kind: "read", value: result.output } : { kind: "unreadable", text };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: "unreadable", text };
    throw error;
  }
}

/** Writes as JSON; returns whether the storage took it: it may be full or forbidden. */
export function writeStored(storage: PageStorage, key: string, value: unknown): boolean {
  try {
    storage.setItem(key, JSON.stringify(value));
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}
