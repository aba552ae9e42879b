/** What a process holds at a moment; from /proc, so on Linux alone. */
export interface Footprint {
  /** Memory in RAM, in bytes. */
  readonly residentBytes: number;
  /** Open file descriptors: files, sockets, pipes. */
  readonly descriptors: number;
}

/** @throws {Deno.errors.NotFound} when the process has ended */
export function footprint(pid: number): Footprint {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const residentKilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return {
    residentBytes: residentKilobytes * 1024,
    descriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
  };
}
