import assert from "node:assert/strict";
import { openHandshake, readAnswer } from "../../tests/support/handshake.ts";
import { withDeadline } from "../lifecycle.ts";
import { CLOSE_CODES } from "./close_codes.ts";
import { closeWhenQuiet } from "./quiet_close.ts";
import { whenGone } from "./socket_end.ts";

const MESSAGES = 100;
const STALL_MS = 300;
const DEADLINE_MS = 30_000;
const NEVER_MS = 2 ** 31 - 1;

/** So many text messages; masked with zeros, which leave them as they are. */
function messages(count: number): Uint8Array {
  return new Uint8Array(
    Array.from({ length: count }, () => [0x81, 0x81, 0, 0, 0, 0, 0x78]).flat(),
  );
}

/** Keeps this isolate from running for a while, as a busy machine does. */
function stall(): void {
  const endMs = performance.now() + STALL_MS;
  while (performance.now() < endMs);
}

/**
 * Lets a client send a message, for which it is closed, and then many more. Returns how many had been read
 * when the close frame was sent.
 *
 * @param heardAgoMs how old the message is said to be
 * @param meanwhile called when all are sent and before any of them can be read
 */
async function readBeforeClosing(heardAgoMs: number, meanwhile: () => void): Promise<number> {
  let read = 0;
  const begun = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<number>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.addEventListener("message", () => read += 1);
    const close = socket.close.bind(socket);
    socket.close = (code, reason) => {
      closed.resolve(read);
      close(code, reason);
    };
    socket.onmessage = () => {
      closeWhenQuiet(socket, CLOSE_CODES.rateLimit, performance.now() - heardAgoMs);
      begun.resolve();
    };
    return response;
  });
  const client = await openHandshake(server.addr.port, "/");
  assert.equal((await readAnswer(client)).status, 101);
  await client.write(messages(1));
  await begun.promise;
  const sent = client.write(messages(MESSAGES));
  meanwhile();
  await sent;
  const count = await withDeadline(closed.promise, DEADLINE_MS, "wait for the close");
  client.close();
  await server.shutdown();
  return count;
}

Deno.test("closeWhenQuiet() hears the client out although its own isolate has been stalled", async () => {
  // 50 ms had passed, in which nothing could be read: it took them for silence, and the client, whose messages
  // came in behind the close frame, lost the connection without its code.
  assert.equal(await readBeforeClosing(0, stall), 1 + MESSAGES);
});

Deno.test("closeWhenQuiet() hears the client out although it has been called late", async () => {
  // The isolate was stalled between the message and the call, and the client taken for silent.
  assert.equal(await readBeforeClosing(STALL_MS, () => {}), 1 + MESSAGES);
});

Deno.test("closeWhenQuiet() closes at once when the client has long been silent", async () => {
  assert.equal(await readBeforeClosing(60_000, () => {}), 1);
});

Deno.test("closeWhenQuiet() lets a silent client read what it was sent just now, and say its last word", async () => {
  // Its word came in behind the close, in which the server's own still waited: it was taken for a client that
  // reads nothing, and its socket counted for 16 minutes more.
  const gone = Promise.withResolvers<void>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    whenGone(socket, gone.resolve, NEVER_MS);
    socket.onopen = () => {
      socket.send("goodbye");
      closeWhenQuiet(socket, CLOSE_CODES.expired, performance.now() - 60_000);
    };
    return response;
  });
  const client = new WebSocket(`ws://127.0.0.1:${server.addr.port}/`);
  const closed = Promise.withResolvers<CloseEvent>();
  client.onmessage = () => client.send("under way");
  client.onclose = closed.resolve;
  await withDeadline(gone.promise, DEADLINE_MS, "wait for the end of the socket");
  assert.equal((await closed.promise).code, CLOSE_CODES.expired.code);
  await server.shutdown();
});
