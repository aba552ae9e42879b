import assert from "node:assert/strict";
import { SharedMetrics } from "../metrics.ts";
import { CountedSocket, TrafficCount } from "./counted_socket.ts";

Deno.test("CountedSocket.send() counts frames and the bytes of their payload, text as UTF-8", () => {
  const metrics = new SharedMetrics(1);
  const sent: unknown[] = [];
  const send = (frame: unknown) => void sent.push(frame);
  const socket = { bufferedAmount: 7, readyState: WebSocket.OPEN, send };
  const traffic = new TrafficCount(metrics.writer(0), "feed");
  const counted = new CountedSocket(socket, traffic);
  const frames = ["é", "€", "€", "ab", new Uint8Array(5), new ArrayBuffer(6), ""];
  for (const frame of frames) counted.send(frame);
  assert.deepEqual(sent, frames);
  assert.equal(metrics.sum("frames_sent_feed"), 7);
  assert.equal(metrics.sum("bytes_sent_feed"), 2 + 3 + 3 + 2 + 5 + 6);
  assert.equal(counted.bufferedAmount, 7);
  assert.equal(traffic.received("nine by é"), 10);
  assert.equal(metrics.sum("frames_received_feed"), 1);
  assert.equal(metrics.sum("bytes_received_feed"), 10);
  assert.equal(metrics.sum("frames_sent_echo"), 0);
});
