import { withDeadline } from "../../src/lifecycle.ts";
import type { FrameFlood } from "./frame_flooder.ts";

const DEADLINE_MS = 30_000;

/** Frames without content, of which six bytes cost the server as much as a whole message. */
export const EMPTY_FRAMES = {
  message: [0x81, 0x80, 0, 0, 0, 0],
  pong: [0x8a, 0x80, 0, 0, 0, 0],
} as const;

/**
 * Floods a server from a thread of its own, which writes as fast as it can. Resolves when the server has cut
 * it off, which it has to do while it is still being written to.
 */
export async function floodWithFrames(flood: FrameFlood): Promise<void> {
  const url = new URL("./frame_flooder.ts", import.meta.url);
  const flooder = new Worker(url, { type: "module" });
  const cutOff = new Promise<void>((resolve, reject) => {
    flooder.onmessage = () => resolve();
    flooder.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
  });
  flooder.postMessage(flood);
  try {
    await withDeadline(cutOff, DEADLINE_MS, `wait for the end of the flood of ${flood.path}`);
  } finally {
    flooder.terminate();
  }
}
