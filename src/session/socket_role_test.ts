import assert from "node:assert/strict";
import { UnreadSocket } from "../../tests/support/unread_socket.ts";
import { withDeadline } from "../lifecycle.ts";
import { CLOSE_CODES } from "./close_codes.ts";
import { closeSocket, whenGone } from "./socket_end.ts";

const CROWD = 10;
const DEADLINE_MS = 30_000;
const NEVER_MS = 2 ** 31 - 1;
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
