import assert from "node:assert/strict";
import type { FromDesk } from "./desk_messages.ts";
import { type Elsewhere, type Member, Room, type Station } from "./room.ts";

/** A worker that keeps what it is told. */
class Worker implements Station {
  readonly heard: FromDesk[] = [];

  post(message: FromDesk): void {
    this.heard.push(message);
  }
}

function member(session: string, username: string, station: Station = new Worker()): Member {
  return { session, username, station, relay: false, address: "192.0.2.1" };
}

/** These are in every room by way of another server. */
function elsewhere(...names: string[]): Elsewhere {
  return {
    count: () => names.length,
    usernames: () => names,
    holder: (_, username) => names.find((name) => name === username),
  };
}

Deno.test("Room.holder() finds who has a name, in whatever case and form", () => {
  const room = new Room("lobby");
  const ada = member("1", "Ada Ünal");
  room.put(ada);
  for (const name of ["Ada Ünal", "ADA ÜNAL", "ada u\u0308nal", "Ａda Ünal"]) {
    assert.equal(room.holder(name), ada, name);
  }
  assert.equal(room.holder("Ada"), undefined);
});

Deno.test("Room.put() renames a member that is there, and frees the old name", () => {
  const room = new Room("lobby");
  room.put(member("1", "ada"));
  room.put(member("1", "grace"));
  assert.equal(room.count, 1);
  assert.equal(room.holder("ada"), undefined);
  assert.equal(room.holder("grace")?.session, "1");
});

Deno.test("Room.remove() returns who is gone, once", () => {
  const room = new Room("lobby");
  room.put(member("1", "ada"));
  assert.equal(room.remove("1")?.username, "ada");
  assert.equal(room.remove("1"), undefined);
  assert.equal(room.holder("ada"), undefined);
  assert.equal(room.count, 0);
});

Deno.test("Room.usernames() sorts, and stops at the maximum", () => {
  const room = new Room("lobby");
  for (const name of ["eve", "Ada", "bob"]) room.put(member(name, name));
  assert.deepEqual(room.usernames(10), ["Ada", "bob", "eve"]);
  assert.equal(room.usernames(2).length, 2);
});

Deno.test("Room.guestName() gives free names", () => {
  const room = new Room("lobby");
  for (let n = 0; n < 2000; n += 1) {
    const name = room.guestName();
    assert.equal(room.holder(name), undefined);
    room.put(member(String(n), name));
  }
  assert.equal(room.count, 2000);
});

Deno.test("Room.announce() tells each worker once, however many members it has", () => {
  const room = new Room("lobby");
  const [first, second] = [new Worker(), new Worker()];
  room.put(member("1", "a", first));
  room.put(member("2", "b", first));
  room.put(member("3", "c", second));
  room.announce({ frame: "{}", except: "1" });
  const announced = { kind: "announce", room: "lobby", frame: "{}", except: "1" };
  assert.deepEqual([first.heard, second.heard], [[announced], [announced]]);
});

Deno.test("Room counts and names those who are in it by way of other servers", () => {
  const room = new Room("lobby", elsewhere("grace", "joan"));
  room.put(member("1", "ada"));
  assert.deepEqual([room.count, room.countAll], [1, 3]);
  assert.deepEqual(room.usernames(9), ["ada", "grace", "joan"]);
  assert.deepEqual(room.usernames(2), ["ada", "grace"]);
});

Deno.test("Room.otherName() gives a free name that is like the one given up, and not too long", () => {
  const room = new Room("lobby", elsewhere("ada-2"));
  room.put(member("1", "ada-3"));
  assert.equal(room.otherName("ada"), "ada-4");
  assert.equal(room.otherName("x".repeat(32)), `${"x".repeat(29)}-2`);
});
