import { fileURLToPath } from "node:url";

/**
 * Lets the server that starts in this isolate run other workers than its own, with the permissions of its
 * own and that to read the tests' modules.
 *
 * @param onStart is given the name of each worker's isolate
 */
export function swapWorkers(module: URL, onStart: (name: string) => void): void {
  globalThis.Worker = class extends Worker {
    constructor(_: string | URL, options?: WorkerOptions) {
      const permissions = Object(options?.deno?.permissions);
      const read = [...permissions.read, fileURLToPath(new URL("./", import.meta.url))];
      super(module, { ...options, deno: { permissions: { ...permissions, read } } });
      onStart(options?.name ?? "");
    }
  };
}
