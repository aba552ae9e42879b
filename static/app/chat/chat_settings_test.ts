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
  for (const text of ["", "{", "7", '{"username":"a"}', '{"username":"<b>","rooms":"lobby"}']) {
    assert.deepEqual(readSettings(new MapStorage(text)), NOTHING, text);
  }
  assert.deepEqual(readSettings(new MapStorage()), NOTHING);
});

// One room that the rules of a later version refused took the others and the name with it.
Deno.test("readSettings() leaves out the rooms that it cannot use, and keeps name and others", () => {
  const rooms = ["lobby", "a\u0000b", 7, "lobby", "\u2764\ufe0f"];
  assert.deepEqual(readSettings(new MapStorage(JSON.stringify({ username: "ada", rooms }))), {
    username: "ada",
    rooms: ["lobby", "\u2764"],
  });
});

Deno.test("readSettings() leaves out a name that it cannot use, and keeps the rooms", () => {
  assert.deepEqual(readSettings(new MapStorage('{"username":"<b>","rooms":["a"]}')), {
    username: undefined,
    rooms: ["a"],
  });
});

Deno.test("readSettings() takes as many rooms as one may be in, the first", () => {
  const rooms = Array.from({ length: 21 }, (_, index) => `room ${index}`);
  const settings = readSettings(new MapStorage(JSON.stringify({ rooms })));
  assert.deepEqual(settings.rooms, rooms.slice(0, 20));
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
