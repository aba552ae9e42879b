/** What a process and all its descendants have used. Linux only: it is read from /proc. */
export interface ProcessUsage {
  /** User and system time of all threads so far. */
  readonly cpuSeconds: number;
  /** Memory that is in RAM now, shared pages counted once for each process. */
  readonly residentBytes: number;
}

/** Units of /proc/PID/stat; 100 a second on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;

/** @throws {Deno.errors.NotFound} when the process has ended */
export function processUsage(pid: number): ProcessUsage {
  const usages = [pid, ...descendants(pid)].map(usageOfOne);
  return {
    cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    residentBytes: usages.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
  };
}

function usageOfOne(pid: number): ProcessUsage {
  const rollup = readIfThere(`/proc/${pid}/smaps_rollup`);
  // Where it has ended, and nobody has waited for it yet, the file is there and cannot be read.
  if (rollup === "") throw new Deno.errors.NotFound(`Cannot look at process ${pid}: it has ended`);
  const residentKilobytes = Number(/^Rss:\s+(\d+) kB$/m.exec(rollup)?.[1]);
  return { cpuSeconds: cpuSeconds(pid), residentBytes: residentKilobytes * 1024 };
}

/**
 * `stat` counts threads that have ended as well, in steps of 10 ms; `schedstat` is exact to the
 * nanosecond and knows the living threads alone. The finer one counts unless a thread is missing.
 */
function cpuSeconds(pid: number): number {
  // The second field is the command in parentheses and may hold spaces.
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
  const coarse = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  const fine = threads(pid).reduce((sum, thread) => {
    const [nanoseconds = "0"] = readIfThere(`/proc/${pid}/task/${thread}/schedstat`).split(" ");
    return sum + Number(nanoseconds) / 1e9;
  }, 0);
  return Math.abs(fine - coarse) <= 2 / TICKS_PER_SECOND ? fine : coarse;
}

function threads(pid: number): string[] {
  return [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
}

function descendants(pid: number): number[] {
  const children = threads(pid).flatMap((thread) =>
    readIfThere(`/proc/${pid}/task/${thread}/children`).split(" ").filter((word) => word.trim())
      .map(Number)
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Threads come and go while we look. */
function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || isGone(error)) return "";
    throw error;
  }
}

/** ESRCH, which Deno's error names in its message alone: it ended between opening and reading. */
function isGone(error: unknown): boolean {
  return error instanceof Error && error.message.includes("(os error 3)");
}

/**
 * What all programs on this machine have used since it started, and what its host took away.
 *
 * @returns seconds, over all cores; 0 where /proc/stat is not
 */
export function machineCpuSeconds(): number {
  const [, user, nice, system, _idle, _wait, irq, softirq, steal] =
    readIfThere("/proc/stat").split("\n")[0]?.split(/\s+/).map(Number) ?? [];
  const ticks = [user, nice, system, irq, softirq, steal];
  return ticks.reduce<number>((sum, one) => sum + (one ?? 0), 0) / TICKS_PER_SECOND;
}
