/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import * as v from "valibot";
import { type SignalStorage, storedSignal } from "./stored_signal.ts";

const SCHEMA = v.picklist(["a", "b"]);

class MapStorage implements SignalStorage {
  readonly texts = new Map<string, string>();

  getItem(key: string): string | null {
    return this.texts.get(key) ?? null;
  }

  setItem(key: string, text: string): void {
    this.texts.set(key, text);
  }
}

Deno.test("storedSignal() begins with what it was set to before", () => {
  const storage = new MapStorage();
  storedSignal(storage, "key", SCHEMA, "a").value = "b";
  assert.equal(storedSignal(storage, "key", SCHEMA, "a").value, "b");
});

Deno.test("storedSignal() begins with its initial value where nothing fits, and stores nothing yet", () => {
  const storage = new MapStorage();
  assert.equal(storedSignal(storage, "key", SCHEMA, "a").value, "a");
  assert.equal(storage.texts.size, 0);
  storage.setItem("key", "<b>");
  assert.equal(storedSignal(storage, "key", SCHEMA, "a").value, "a");
});

Deno.test("storedSignal() lives with a storage that is forbidden", () => {
  const forbidden = (): never => {
    throw new DOMException("no", "SecurityError");
  };
  const value = storedSignal({ getItem: forbidden, setItem: forbidden }, "key", SCHEMA, "a");
  value.value = "b";
  assert.equal(value.value, "b");
});
