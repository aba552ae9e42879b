import assert from "node:assert/strict";
import { DeflateReader } from "../../tests/support/deflate_reader.ts";
import type { Selected } from "./shared_frames.ts";
import { SharedStreams } from "./shared_streams.ts";

const LIMITS = { streamsMax: 2, unusedMsMax: 60_000 };

/** Streams, the time, and what their clients get. */
class Streams {
  nowMs = 0;
  readonly streams = new SharedStreams(() => this.nowMs, LIMITS);
  #seq = 0;

  /** Sends an update of a selection to its clients, and returns the kinds of their frames. */
  send(selection: string, clients: Client[]): number[] {
    this.#seq += 1;
    const framesFor = this.streams.encode(selected(selection, this.#seq));
    for (const client of clients) {
      for (const frame of framesFor(client.place)) {
        assert.ok(frame instanceof Uint8Array);
        const document = client.reader.read(frame);
        assert.equal(document, `{"type":"update","seq":${this.#seq},"quotes":["${selection}"]}`);
      }
    }
    return clients.map(({ reader }) => reader.kinds.at(-1) ?? -1);
  }
}

class Client {
  readonly place = { piece: 0 };
  readonly reader = new DeflateReader();
}

function selected(selection: string, seq: number): Selected {
  return { selection, seq, fromSeq: seq - 1, count: 1, entries: [], json: () => `"${selection}"` };
}

Deno.test("SharedStreams.encode() keeps a stream for each selection", () => {
  const streams = new Streams();
  const [a, b] = [new Client(), new Client()];
  assert.deepEqual([...streams.send("A", [a]), ...streams.send("B", [b])], [2, 2]);
  assert.deepEqual([...streams.send("A", [a]), ...streams.send("B", [b])], [1, 1]);
});

Deno.test("SharedStreams.encode() sends documents alone where there are as many streams as may be", () => {
  const streams = new Streams();
  const clients = ["A", "B", "C"].map((selection) => ({ selection, client: new Client() }));
  const round = () => clients.map(({ selection, client }) => streams.send(selection, [client])[0]);
  assert.deepEqual([round(), round()], [[2, 2, 0], [1, 1, 0]]);
  assert.equal(streams.streams.size, LIMITS.streamsMax);
});

Deno.test("SharedStreams.encode() prefers a selection of several clients to one of a single client", () => {
  const streams = new Streams();
  const [single, ...several] = Array.from({ length: 5 }, () => new Client());
  assert.ok(single);
  streams.send("A", several.slice(0, 2));
  streams.send("B", [single]);
  assert.deepEqual(streams.send("C", several.slice(2)), [0, 0]);
  assert.deepEqual(streams.send("C", several.slice(2)), [2, 2]);
  assert.deepEqual(streams.send("A", several.slice(0, 2)), [1, 1]);
  assert.deepEqual(streams.send("B", [single]), [0]);
  // Two selections of two clients each: the third has to do without.
  assert.deepEqual(streams.send("D", [new Client(), new Client()]), [0, 0]);
  assert.deepEqual(streams.send("D", [new Client(), new Client()]), [0, 0]);
  assert.equal(streams.streams.size, LIMITS.streamsMax);
});

Deno.test("SharedStreams.forgetUnused() lets go of what nobody used for a minute, and of nothing else", () => {
  const streams = new Streams();
  const [a, b] = [new Client(), new Client()];
  streams.send("A", [a]);
  streams.nowMs = 60_000;
  streams.send("B", [b]);
  streams.streams.forgetUnused();
  assert.equal(streams.streams.size, 2);
  streams.nowMs = 60_001;
  streams.streams.forgetUnused();
  assert.equal(streams.streams.size, 1);
  // A client of a stream that is gone begins with another, and never goes on with it.
  assert.deepEqual([...streams.send("A", [a]), ...streams.send("B", [b])], [2, 1]);
});
