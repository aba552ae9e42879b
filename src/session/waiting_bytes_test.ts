import assert from "node:assert/strict";
import { UnreadSocket } from "../../tests/support/unread_socket.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { SharedMetrics } from "../metrics.ts";
import { CountedSocket, TrafficCount } from "./counted_socket.ts";
import { WaitingBytes, type WatchedSocket } from "./waiting_bytes.ts";

const ADDRESS = "203.0.113.9";

interface Stage extends WatchedSocket {
  readonly waiting: WaitingBytes;
  /** What waits for the address. */
  addressBytes(): number;
}

function watch({ socket }: UnreadSocket, sentBytes: number): Stage {
  let addressBytes = 0;
  return {
    socket,
    outlet: { sentBytes },
    visitor: { address: ADDRESS },
    bufferedBytes: 0,
    sentBytesSeen: 0,
    addressBytes: () => addressBytes,
    waiting: new WaitingBytes({ moved: (_, from, to) => addressBytes += to - from }),
  };
}

Deno.test("WaitingBytes keeps counting what waits in a socket that was left, until it is gone", async () => {
  await using unread = await UnreadSocket.open();
  await unread.fill();
  const stage = watch(unread, 0);
  const bytes = stage.waiting.see(stage);
  assert.ok(bytes > 0);
  assert.equal(stage.addressBytes(), bytes);
  stage.waiting.leave(stage, undefined);
  assert.equal(stage.waiting.endedBytes, bytes);
  unread.client.close();
  await waitFor("the close", () => stage.waiting.endedBytes === 0);
  assert.equal(stage.addressBytes(), 0);
});

Deno.test("WaitingBytes counts all that was sent unseen to a socket of which Deno says nothing more", async () => {
  // Between two looks a client took a snapshot and fell silent, and held the snapshot for nothing.
  await using unread = await UnreadSocket.open(2);
  // The ping, behind which the timeout runs; behind data it would wait for its turn.
  await unread.client.read(new Uint8Array(2));
  await unread.fill();
  const stage = watch(unread, 1_000_000);
  await waitFor("Deno's idle timeout", () => unread.socket.readyState !== WebSocket.OPEN);
  assert.equal(stage.waiting.see(stage), 0);
  stage.waiting.lost(stage);
  stage.waiting.leave(stage, undefined);
  assert.equal(stage.waiting.endedBytes, 1_000_000);
  unread.client.close();
  await waitFor("the close", () => stage.waiting.endedBytes === 0);
});

Deno.test("WaitingBytes counts nothing that Deno threw away, as it does when it has closed a socket", async () => {
  // A beat or two passed before that was noticed. All that the session said meanwhile counted as waiting.
  await using unread = await UnreadSocket.open(2);
  await unread.client.read(new Uint8Array(2));
  await unread.fill();
  const traffic = new TrafficCount(new SharedMetrics(1).writer(0), "echo");
  const stage = { ...watch(unread, 0), outlet: new CountedSocket(unread.socket, traffic) };
  const bytes = stage.waiting.see(stage);
  await waitFor("Deno's idle timeout", () => unread.socket.readyState !== WebSocket.OPEN);
  stage.outlet.send("x".repeat(1_000_000));
  stage.waiting.lost(stage);
  assert.equal(stage.bufferedBytes, bytes);
  assert.deepEqual(stage.outlet.sent, { frames: 0, bytes: 0 });
});
