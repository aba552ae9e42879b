import assert from "node:assert/strict";
import { UnreadSocket } from "../../tests/support/unread_socket.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { withDeadline } from "../lifecycle.ts";
import { CLOSE_CODES } from "./close_codes.ts";
import { closeSocket, endCode, waitingIn, whenGone } from "./socket_end.ts";
import { readNoMore } from "./socket_role.ts";

const DEADLINE_MS = 30_000;
const NEVER_MS = 2 ** 31 - 1;
/** A text of one letter, masked with zeros. */
const MESSAGE = new Uint8Array([0x81, 0x81, 0, 0, 0, 0, 0x78]);

interface Ending {
  readonly closed: Promise<void>;
  readonly gone: Promise<void>;
  isGone(): boolean;
}

/** Closes the socket, does not hear its client out, and has its client send a message behind that. */
async function endWithMessage({ socket, client }: UnreadSocket, heldMs: number): Promise<Ending> {
  const gone = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let isGone = false;
  whenGone(socket, () => {
    isGone = true;
    gone.resolve();
  }, heldMs);
  socket.addEventListener("close", () => closed.resolve());
  closeSocket(socket, CLOSE_CODES.tooSlow);
  readNoMore(socket);
  await client.write(MESSAGE);
  return { closed: closed.promise, gone: gone.promise, isGone: () => isGone };
}

Deno.test("whenGone() waits for a client that reads nothing and sends on, when it is not heard out", async () => {
  // Deno says that such a socket is closed, and keeps it with all that waits: nothing counted that.
  await using unread = await UnreadSocket.open();
  await unread.fill();
  const { closed, isGone } = await endWithMessage(unread, NEVER_MS);
  await withDeadline(closed, DEADLINE_MS, "wait for the close");
  assert.equal(isGone(), false);
  assert.ok(waitingIn(unread.socket) > 0);
});

Deno.test("whenGone() waits for one whom Deno's idle timeout closed as well, however soon it sends on", async () => {
  // Only what a later look had found counted: with a message in the first second, nothing did.
  await using unread = await UnreadSocket.open(2);
  // The ping, behind which the timeout runs; behind data it would wait for its turn.
  await unread.client.read(new Uint8Array(2));
  await unread.fill();
  let isGone = false;
  const closed = Promise.withResolvers<void>();
  whenGone(unread.socket, () => isGone = true, NEVER_MS);
  unread.socket.addEventListener("close", () => closed.resolve());
  await waitFor("Deno's idle timeout", () => unread.socket.readyState !== WebSocket.OPEN);
  await unread.client.write(MESSAGE);
  await withDeadline(closed.promise, DEADLINE_MS, "wait for the close");
  assert.equal(isGone, false);
});

Deno.test("whenGone() hears of it when such a client hangs up", async () => {
  // It counted for 16 minutes all the same.
  await using unread = await UnreadSocket.open();
  await unread.fill();
  const { closed, gone } = await endWithMessage(unread, NEVER_MS);
  await withDeadline(closed, DEADLINE_MS, "wait for the close");
  unread.client.close();
  await withDeadline(gone, DEADLINE_MS, "wait for the end of it");
});

Deno.test("whenGone() does so no longer than TCP would", async () => {
  await using unread = await UnreadSocket.open();
  await unread.fill();
  const { gone } = await endWithMessage(unread, 1);
  await withDeadline(gone, DEADLINE_MS, "wait for the end of that");
});

Deno.test("whenGone() takes a socket in which nothing waits as gone with its close", async () => {
  await using unread = await UnreadSocket.open();
  const { gone } = await endWithMessage(unread, NEVER_MS);
  await withDeadline(gone, DEADLINE_MS, "wait for the close");
});

Deno.test("whenGone() takes a broken connection as gone, whatever waits in it", async () => {
  await using unread = await UnreadSocket.open();
  await unread.fill();
  const gone = Promise.withResolvers<void>();
  whenGone(unread.socket, gone.resolve, NEVER_MS);
  unread.client.close();
  await withDeadline(gone.promise, DEADLINE_MS, "wait for the close");
});

Deno.test("endCode() is 1006 of a connection that broke off, and else what the client said", async () => {
  // Deno says 0, under which nobody looks: lost connections counted as other.
  await using unread = await UnreadSocket.open();
  const closed = Promise.withResolvers<CloseEvent>();
  unread.socket.addEventListener("close", closed.resolve);
  unread.client.close();
  const event = await withDeadline(closed.promise, DEADLINE_MS, "wait for the close");
  assert.equal(endCode(event), 1006);
  for (const code of [1000, 1005, 4008]) {
    assert.equal(endCode(new CloseEvent("close", { code })), code);
  }
});
