import assert from "node:assert/strict";
import { UnreadSocket } from "../../tests/support/unread_socket.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { withDeadline } from "../lifecycle.ts";
import { CLOSE_CODES } from "./close_codes.ts";
import { closeSocket, endCode, whenGone } from "./socket_end.ts";
import { readNoMore } from "./socket_role.ts";

const CROWD = 10;
const DEADLINE_MS = 30_000;
const NEVER_MS = 2 ** 31 - 1;
const CLOSE_OPCODE = 8;
/** With a mask of zeros. */
const PONG = new Uint8Array([0x8a, 0x80, 0, 0, 0, 0]);
const CLOSE = new Uint8Array([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
/** A text of one letter, masked with zeros. */
const MESSAGE = new Uint8Array([0x81, 0x81, 0, 0, 0, 0, 0x78]);

/** Has Deno hear at once of what all connections bring meanwhile. */
function hang(): void {
  for (const endMs = performance.now() + 50; performance.now() < endMs;);
}

Deno.test("readOn() lets it be heard that a connection broke in the moment in which it was closed", async () => {
  // Deno said nothing but "closed" of it, and it counted for 16 minutes: an office that loses its network
  // while its clients are dropped was kept out for so long.
  const crowd = await Promise.all(Array.from({ length: CROWD }, () => UnreadSocket.open()));
  await using all = new AsyncDisposableStack();
  for (const unread of crowd) all.use(unread);
  for (const unread of crowd) await unread.fill();
  const closeAll = () => crowd.forEach(({ socket }) => closeSocket(socket, CLOSE_CODES.tooSlow));
  const ends = crowd.map(({ socket }) =>
    new Promise<void>((resolve) => whenGone(socket, resolve, NEVER_MS))
  );
  for (const { socket } of crowd) socket.addEventListener("error", closeAll);
  for (const { client } of crowd) client.close();
  hang();
  await withDeadline(Promise.all(ends), DEADLINE_MS, "wait for the end of all");
});

Deno.test("readOn() lets a client know the code that is saying something in that moment", async () => {
  // Deno dropped the connection instead, and the client never knew why.
  const crowd = await Promise.all(Array.from({ length: CROWD }, () => UnreadSocket.open()));
  await using all = new AsyncDisposableStack();
  for (const unread of crowd) all.use(unread);
  for (const { socket } of crowd) {
    socket.onmessage = () => crowd.forEach((one) => closeSocket(one.socket, CLOSE_CODES.tooSlow));
  }
  for (const { client } of crowd) await client.write(MESSAGE);
  hang();
  for (const { client } of crowd) {
    const frame = new Uint8Array(4);
    await withDeadline(client.read(frame), DEADLINE_MS, "wait for the close frame");
    assert.equal(new DataView(frame.buffer).getUint16(2), CLOSE_CODES.tooSlow.code);
  }
});

/** Reads all that waits, to the server's close frame. */
async function readToClose({ client }: UnreadSocket): Promise<number> {
  const reader = client.readable.getReader();
  let bytes: Uint8Array = new Uint8Array();
  const take = async (count: number) => {
    const parts = [bytes];
    for (let length = bytes.length; length < count;) {
      const { value } = await reader.read();
      assert.ok(value, "the connection has ended");
      parts.push(value);
      length += value.length;
    }
    bytes = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
    const taken = bytes.slice(0, count);
    bytes = bytes.slice(count);
    return new DataView(taken.buffer);
  };
  for (;;) {
    const head = (await take(2)).getUint16(0);
    const short = head & 127;
    const length = short < 126
      ? short
      : short === 126
      ? (await take(2)).getUint16(0)
      : Number((await take(8)).getBigUint64(0));
    const payload = await take(length);
    if ((head >> 8 & 15) === CLOSE_OPCODE) {
      reader.releaseLock();
      return payload.getUint16(0);
    }
  }
}

Deno.test("readOn() has the socket of a slow client go when it has read all, whatever it says meanwhile", async () => {
  // A pong behind the close, of a client that read on when it was dropped, and the socket counted for 16 minutes.
  await using unread = await UnreadSocket.open();
  await unread.fill();
  const gone = Promise.withResolvers<void>();
  whenGone(unread.socket, gone.resolve, NEVER_MS);
  closeSocket(unread.socket, CLOSE_CODES.tooSlow);
  for (const frame of [MESSAGE, PONG]) await unread.client.write(frame);
  assert.equal(await withDeadline(readToClose(unread), DEADLINE_MS, "read"), 4008);
  await unread.client.write(CLOSE);
  await withDeadline(gone.promise, DEADLINE_MS, "wait for the end of it");
});

Deno.test("readOn() keeps a socket counted whose client reads nothing and sends on, until it hangs up", async () => {
  await using unread = await UnreadSocket.open();
  await unread.fill();
  let [received, isGone] = [0, false];
  const gone = Promise.withResolvers<void>();
  unread.socket.onmessage = () => received += 1;
  whenGone(unread.socket, () => {
    isGone = true;
    gone.resolve();
  }, NEVER_MS);
  closeSocket(unread.socket, CLOSE_CODES.tooSlow);
  for (const count of [1, 2, 3]) {
    await unread.client.write(MESSAGE);
    await waitFor("the message", () => received === count);
  }
  assert.equal(isGone, false);
  unread.client.close();
  await withDeadline(gone.promise, DEADLINE_MS, "wait for the end of it");
});

Deno.test("readNoMore() has the connection dropped at the next word of the client", async () => {
  await using unread = await UnreadSocket.open();
  const closed = Promise.withResolvers<CloseEvent>();
  unread.socket.addEventListener("close", closed.resolve);
  closeSocket(unread.socket, CLOSE_CODES.rateLimit);
  readNoMore(unread.socket);
  await unread.client.write(MESSAGE);
  const { code } = await withDeadline(closed.promise, DEADLINE_MS, "wait for the close");
  assert.equal(endCode({ code }), 1006);
});
