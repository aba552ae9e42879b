/**
 * Runs in a page before its own scripts: counts WebSocket messages and frames for `takeCounts()`.
 */
{
  const counts = { messages: 0, frames: 0, longestFrameMs: 0 };

  const NativeWebSocket = globalThis.WebSocket;
  globalThis.WebSocket = class extends NativeWebSocket {
    /** @param {ConstructorParameters<typeof NativeWebSocket>} args */
    constructor(...args) {
      super(...args);
      this.addEventListener("message", () => counts.messages += 1);
    }
  };

  let lastMs = performance.now();
  const frame = (/** @type {number} */ nowMs) => {
    counts.frames += 1;
    counts.longestFrameMs = Math.max(counts.longestFrameMs, nowMs - lastMs);
    lastMs = nowMs;
    Reflect.get(globalThis, "requestAnimationFrame")(frame);
  };
  Reflect.get(globalThis, "requestAnimationFrame")(frame);

  Object.assign(globalThis, {
    takeCounts() {
      const taken = { ...counts };
      counts.longestFrameMs = 0;
      return taken;
    },
  });
}
