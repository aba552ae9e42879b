import assert from "node:assert/strict";
import { DeflateReader } from "../../tests/support/deflate_reader.ts";
import { NO_STREAM, SharedStream } from "./shared_stream.ts";

/** A client of streams, and what it made of its frames. */
class Client {
  readonly place = { piece: 0 };
  readonly reader = new DeflateReader();
  readonly documents: string[] = [];
  readonly frames: unknown[] = [];

  take(framesFor: ReturnType<SharedStream["update"]>): void {
    for (const frame of framesFor(this.place)) {
      assert.ok(frame instanceof Uint8Array);
      this.frames.push(frame);
      this.documents.push(this.reader.read(frame));
    }
  }
}

function sharedStream(): SharedStream {
  let number = 0;
  return new SharedStream(() => number += 1);
}

/** Hands each of the documents to all of the clients. */
function send(stream: SharedStream, clients: Client[], document: string, nowMs = 0): void {
  const framesFor = stream.update(document, nowMs);
  for (const client of clients) client.take(framesFor);
}

Deno.test("SharedStream.update() gives its first piece to all, and then the very same next ones", () => {
  const stream = sharedStream();
  const [a, b] = [new Client(), new Client()];
  for (const document of ["one", "two", "three"]) send(stream, [a, b], document);
  for (const client of [a, b]) {
    assert.deepEqual(client.documents, ["one", "two", "three"]);
    assert.deepEqual(client.reader.kinds, [2, 1, 1]);
  }
  assert.ok(a.frames.every((frame, at) => frame === b.frames[at]), "compressed once");
});

Deno.test("SharedStream.update() gives newcomers the documents alone, encoded once, until a generation begins", () => {
  const stream = sharedStream();
  const [old, late, later] = [new Client(), new Client(), new Client()];
  send(stream, [old], "one", 0);
  send(stream, [old, late, later], "two", 999);
  send(stream, [old, late, later], "three", 1000);
  send(stream, [old, late, later], "four", 1001);
  assert.deepEqual(old.reader.kinds, [2, 1, 2, 1]);
  assert.deepEqual(late.reader.kinds, [0, 2, 1]);
  assert.deepEqual(late.documents, ["two", "three", "four"]);
  assert.equal(late.frames[0], later.frames[0]);
});

Deno.test("SharedStream.update() begins a generation at most once a second, however many join", () => {
  const stream = sharedStream();
  const old = new Client();
  for (let nowMs = 0; nowMs <= 5000; nowMs += 50) {
    send(stream, [old, new Client()], `at ${nowMs}`, nowMs);
  }
  assert.equal(old.reader.kinds.filter((kind) => kind === 2).length, 6);
  assert.equal(old.documents.length, 101);
});

Deno.test("SharedStream.update() begins no generation that nobody waits for", () => {
  const stream = sharedStream();
  const client = new Client();
  for (let nowMs = 0; nowMs <= 100_000; nowMs += 10_000) send(stream, [client], "x", nowMs);
  assert.equal(client.reader.kinds.filter((kind) => kind === 2).length, 1);
});

Deno.test("SharedStream.update() lets a client that missed a piece read on, alone and then in step", () => {
  const stream = sharedStream();
  const [quick, slow] = [new Client(), new Client()];
  send(stream, [quick, slow], "one", 0);
  send(stream, [quick], "two", 10);
  send(stream, [quick, slow], "three", 20);
  send(stream, [quick, slow], "four", 1000);
  send(stream, [quick, slow], "five", 1010);
  assert.deepEqual(slow.reader.kinds, [2, 0, 2, 1]);
  assert.deepEqual(slow.documents, ["one", "three", "four", "five"]);
  assert.deepEqual(quick.reader.kinds, [2, 1, 1, 2, 1]);
});

Deno.test("SharedStream.update() leaves everybody in step when nobody takes one", () => {
  const stream = sharedStream();
  const client = new Client();
  send(stream, [client], "one");
  send(stream, [], "two");
  send(stream, [client], "three");
  assert.deepEqual(client.reader.kinds, [2, 1]);
  assert.deepEqual(client.documents, ["one", "three"]);
});

Deno.test("SharedStream.update() never takes a place in one stream for one in another", () => {
  // A client that subscribes to something else and back again.
  let number = 0;
  const [ours, other] = [1, 2].map(() => new SharedStream(() => number += 1));
  assert.ok(ours && other);
  const [client, neighbour] = [new Client(), new Client()];
  send(ours, [client, neighbour], "one");
  send(other, [neighbour, client], "of other");
  send(ours, [client, neighbour], "two", 10);
  send(other, [client, neighbour], "more of other", 10);
  assert.deepEqual(client.reader.kinds, [2, 2, 0, 1]);
  assert.deepEqual(client.documents, ["one", "of other", "two", "more of other"]);
});

Deno.test("NO_STREAM stays where it is: a client without streams must not take from one", () => {
  assert.throws(() => sharedStream().update("one", 0)(NO_STREAM), TypeError);
});
