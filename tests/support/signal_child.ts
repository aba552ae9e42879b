/** Sends a signal to a program, unless it has ended. */
export function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // Deno has seen its end, though perhaps told nobody yet.
    if (!(error instanceof TypeError)) throw error;
  }
}
