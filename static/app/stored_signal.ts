import { type Signal, signal } from "@preact/signals";
import * as v from "valibot";
import type { PageStorage } from "./page_storage.ts";

/** The part of a storage that is needed. */
export type SignalStorage = Pick<PageStorage, "getItem" | "setItem">;

/**
 * A setting that the browser keeps: a signal that begins with what was stored, or with `initial` where
 * that cannot be read or does not match, and stores what it is set to. A storage that is full or
 * forbidden means that the setting lasts as long as the page.
 */
export function storedSignal<Value extends string | number | boolean>(
  storage: SignalStorage,
  key: string,
  schema: v.GenericSchema<unknown, Value>,
  initial: Value,
): Signal<Value> {
  const value = signal(read(storage, key, schema) ?? initial);
  let isFirst = true;
  value.subscribe((next) => {
    if (!isFirst) write(storage, key, String(next));
    isFirst = false;
  });
  return value;
}

function read<Value>(
  storage: SignalStorage,
  key: string,
  schema: v.GenericSchema<unknown, Value>,
): Value | undefined {
  try {
    const result = v.safeParse(schema, storage.getItem(key));
    return result.success ? result.output : undefined;
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

function write(storage: SignalStorage, key: string, text: string): void {
  try {
    storage.setItem(key, text);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
