import assert from "node:assert/strict";
import { OpenRooms } from "./open_rooms.ts";

/** Opens so many rooms, each from an address of its own unless one is named. */
function open(rooms: OpenRooms, count: number, prefix: string, address?: string): void {
  for (let n = 0; n < count; n += 1) {
    assert.equal(rooms.fault(`${prefix}${n}`, address ?? `${n}`), undefined);
    rooms.opened(`${prefix}${n}`, address ?? `${n}`);
  }
}

Deno.test("OpenRooms.fault() keeps an address from more than its share, and nobody else", () => {
  const rooms = new OpenRooms(3);
  open(rooms, 3, "room-", "here");
  assert.equal(rooms.fault("one-more", "here"), "one address may have opened 3 at most");
  assert.equal(rooms.fault("symbol:AAPL", "here"), "one address may have opened 3 at most");
  assert.equal(rooms.fault("one-more", "there"), undefined);
  rooms.shut("room-1");
  assert.equal(rooms.fault("one-more", "here"), undefined);
});

Deno.test("OpenRooms.fault() keeps rooms for symbols where all others are taken, and the reverse", () => {
  const rooms = new OpenRooms(2);
  open(rooms, 10_000, "room-");
  assert.equal(rooms.fault("one-more", "new"), "the server holds 10000 at most");
  open(rooms, 10_000, "symbol:");
  assert.equal(rooms.fault("symbol:AAPL", "new"), "the server holds 10000 at most");
});

Deno.test("OpenRooms.fault() never stands before the lobby", () => {
  const rooms = new OpenRooms(1);
  open(rooms, 1, "room-", "here");
  assert.equal(rooms.fault("lobby", "here"), undefined);
  rooms.opened("lobby", "here");
  rooms.shut("lobby");
  assert.notEqual(rooms.fault("one-more", "here"), undefined);
});
