/// <reference lib="deno.worker" />
import "../../src/server/worker.ts";

/**
 * A worker as the server runs it, but for one thing: it throws when a test says so, to all workers, on a
 * channel of their own. The first to take the word throws alone.
 */

/** Name of the channel on which a test posts the number of the worker that is to throw. */
const CRASH_CHANNEL = "quotewire test crash";

new BroadcastChannel(CRASH_CHANNEL).onmessage = (event: MessageEvent<string>) => {
  if (self.name === event.data) {
    setTimeout(() => {
      throw new Error("thrown by a test");
    });
  }
};
