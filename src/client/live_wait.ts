import type { LinkState, StopReason } from "./link_state.ts";

/** The part of a client that can be waited for. */
export interface Waitable {
  readonly state: LinkState;
  on(name: "state", listener: (state: LinkState) => void): () => void;
}

/**
 * Resolves when the client is live, at once where it is.
 *
 * @throws {Error} when the client stops, or has not been started; the message says why
 * @throws the signal's reason when that is aborted
 */
export async function untilLive(client: Waitable, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const ends: (() => void)[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (state: LinkState) => {
        if (state.phase === "live") resolve();
        else if (state.phase === "stopped") reject(new Error(describeStop(state.reason)));
      };
      const abort = () => reject(signal?.reason);
      signal?.addEventListener("abort", abort);
      ends.push(client.on("state", look), () => signal?.removeEventListener("abort", abort));
      look(client.state);
    });
  } finally {
    ends.forEach((end) => end());
  }
}

function describeStop(reason: StopReason): string {
  const action = "Cannot become live";
  switch (reason.kind) {
    case "not_started":
      return `${action}: must have been started, is not`;
    case "asked":
      return `${action}: the client was stopped`;
    case "closed":
      return `${action}: the server closed the connection with ${reason.code}: ${reason.reason}`;
    case "refused":
      return `${action}: the server refused with ${reason.code}: ${reason.message}`;
  }
}
