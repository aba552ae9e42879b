import assert from "node:assert/strict";
import { withDeadline } from "../../src/lifecycle.ts";
import { FrameReader } from "../fuzz/frame_reader.ts";
import { openHandshake, readAnswer } from "./handshake.ts";

const MESSAGES = 1000;
const DEADLINE_MS = 30_000;
/** Masked with zeros, which leave the payload "x" as it is. */
const FLOOD = new Uint8Array(
  Array.from({ length: MESSAGES }, () => [0x81, 0x81, 0, 0, 0, 0, 0x78]).flat(),
);

/**
 * Sends a thousand messages as one piece and then waits; returns the code with which the server closes.
 *
 * A `WebSocket` sends its messages one by one: on a busy machine it paused in between, was closed as one that
 * had fallen silent, and sent on. Then Deno drops the connection, and there is no code to be seen.
 */
export function floodWithMessages(
  port: number,
  path: string,
  protocol: string | null,
): Promise<number> {
  return withDeadline(flood(port, path, protocol), DEADLINE_MS, `wait for the close of ${path}`);
}

async function flood(port: number, path: string, protocol: string | null): Promise<number> {
  const headers = { "sec-websocket-protocol": protocol };
  using connection = await openHandshake(port, path, { headers });
  assert.equal((await readAnswer(connection)).status, 101);
  assert.equal(await connection.write(FLOOD), FLOOD.length);
  const reader = new FrameReader({ content: "any" });
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const read = await connection.read(buffer);
    assert.ok(read !== null, `${path} ends without a close frame`);
    reader.push(buffer.slice(0, read));
    assert.deepEqual(reader.faults, []);
    if (reader.closeCode !== undefined) return reader.closeCode;
  }
}
