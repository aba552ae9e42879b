import v8 from "node:v8";
import { type Beat, BEAT_INTERVAL_MS } from "./lifeline.ts";

/**
 * Tells the pool, for as long as this isolate runs, that its event loop turns and how full its heap is.
 *
 * @param port from `Lifeline`
 */
export function keepBeating(port: MessagePort): void {
  const beat = () => {
    const { used_heap_size, heap_size_limit } = v8.getHeapStatistics();
    port.postMessage({ heapBytes: used_heap_size, heapBytesMax: heap_size_limit } satisfies Beat);
  };
  beat();
  setInterval(beat, BEAT_INTERVAL_MS);
}
