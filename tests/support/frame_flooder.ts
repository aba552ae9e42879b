/// <reference lib="deno.worker" />
import { openHandshake, readAnswer } from "./handshake.ts";

/** What a flooder is told. */
export interface FrameFlood {
  readonly port: number;
  readonly path: string;
  /** One frame, sent over and over. */
  readonly frame: readonly number[];
}

const FRAMES_PER_WRITE = 10_000;
const CUT_OFF = [Deno.errors.ConnectionReset, Deno.errors.BrokenPipe];

globalThis.onmessage = async ({ data }: MessageEvent<FrameFlood>) => {
  await flood(data);
  globalThis.postMessage("cut off");
};

/** Resolves when the connection breaks while it is written to; until then it never stops writing. */
async function flood({ port, path, frame }: FrameFlood): Promise<void> {
  using connection = await openHandshake(port, path);
  const { status } = await readAnswer(connection);
  if (status !== 101) throw new Error(`Cannot flood ${path}: must be upgraded, is ${status}`);
  const read = readToEnd(connection);
  const frames = new Uint8Array(Array.from({ length: FRAMES_PER_WRITE }, () => frame).flat());
  try {
    for (;;) {
      for (let written = 0; written < frames.length;) {
        written += await connection.write(frames.subarray(written));
      }
    }
  } catch (error) {
    if (!isCutOff(error)) throw error;
  }
  await read;
}

/** What the server sends must not fill the way back, which would hold up the server's reading. */
async function readToEnd(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    while (await connection.read(buffer) !== null);
  } catch (error) {
    if (!isCutOff(error)) throw error;
  }
}

function isCutOff(error: unknown): boolean {
  return CUT_OFF.some((kind) => error instanceof kind);
}
