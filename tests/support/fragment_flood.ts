import { withDeadline } from "../../src/lifecycle.ts";
import { openHandshake, readAnswer } from "./handshake.ts";

const HANG_UP_DEADLINE_MS = 20_000;
const FRAGMENT_BYTES = 60_000;
const CLOSED = [Deno.errors.ConnectionReset, Deno.errors.BrokenPipe];

/** Sends the beginning of a message that never ends. Resolves with the bytes sent when the server hangs up. */
export async function floodWithFragments(
  port: number,
  path: string,
  bytesMax: number,
): Promise<number> {
  using connection = await openHandshake(port, path);
  await readAnswer(connection);
  let sent = 0;
  try {
    while (sent < bytesMax) {
      // The first is a binary frame, the others continue it; none has FIN.
      await write(connection, fragment(sent === 0 ? 2 : 0));
      sent += FRAGMENT_BYTES;
    }
    // All is sent: the server hangs up when it ends the worker.
    await withDeadline(
      readToEnd(connection),
      HANG_UP_DEADLINE_MS,
      "wait for the server to hang up",
    );
  } catch (error) {
    if (!CLOSED.some((kind) => error instanceof kind)) throw error;
  }
  return sent;
}

async function readToEnd(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  while (await connection.read(buffer) !== null);
}

function fragment(opcode: number): Uint8Array {
  const frame = new Uint8Array(8 + FRAGMENT_BYTES);
  // A mask of zeros leaves the payload as it is.
  frame.set([opcode, 0x80 | 126, FRAGMENT_BYTES >> 8, FRAGMENT_BYTES & 255]);
  return frame;
}

async function write(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written));
  }
}
