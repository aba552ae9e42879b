/// <reference lib="deno.ns" />
import assert from "node:assert/strict";
import { readSettings, type SettingsStorage, writeSettings } from "./chat_settings.ts";

const NOTHING = { username: undefined, rooms: ["lobby"] };

Deno.test("readSettings() gives back what writeSettings() was given", () => {
  const storage = new MapStorage();
  const settings = { username: "ada", rooms: ["lobby", "symbol:AAPL"] };
  writeSettings(storage, settings);
  assert.deepEqual(readSettings(storage), settings);
});

Deno.test("readSettings() takes what it cannot use for nothing", () => {
  const rooms = JSON.stringify(Array.from({ length: 21 }, (_, index) => `room ${index}`));
  for (
    const text of [
      "",
      "{",
      "7",
      '{"username":"<b>","rooms":[]}',
      `{"username":"a","rooms":${rooms}}`,
    ]
  ) {
    assert.deepEqual(readSettings(new MapStorage(text)), NOTHING, text);
  }
  assert.deepEqual(readSettings(new MapStorage()), NOTHING);
});

Deno.test("readSettings() and writeSettings() live with a storage that is forbidden", () => {
  const fail = () => {
    throw new DOMException("no", "SecurityError");
  };
  const storage = { getItem: fail, setItem: fail };
  assert.deepEqual(readSettings(storage), NOTHING);
  writeSettings(storage, { username: "ada", rooms: [] });
});

class MapStorage implements SettingsStorage {
  #text: string | null;

  constructor(text: string | null = null) {
    this.#text = text;
  }

  getItem(): string | null {
    return this.#text;
  }

  setItem(_key: string, text: string): void {
    this.#text = text;
  }
}
