/** The wall clock of an isolate, to be set from another one, or from the same. */

/** How far it jumps, either way. */
export const JUMP_MS = 3650 * 86_400_000;

const CHANNEL = "quotewire test clock";
const { now } = Date;

/**
 * From now on `Date.now` is ahead by what `setClocks` says. As on a real machine, timers and
 * `performance.now` go on as before.
 */
export function followClock(): void {
  new BroadcastChannel(CHANNEL).onmessage = ({ data }: MessageEvent<number>) => {
    Date.now = () => now() + data;
  };
}

/** Sets the clocks of all isolates of this process that follow. @param aheadMs of what it is */
export function setClocks(aheadMs: number): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(aheadMs);
  channel.close();
}
