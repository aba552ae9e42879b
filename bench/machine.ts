import { runCommand } from "./command.ts";

/** Names the machine, so that nobody compares figures across two. */
export async function describeMachine(): Promise<Record<string, string | number>> {
  const cpuinfo = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const { total } = Deno.systemMemoryInfo();
  return {
    cpu: /^model name\s*: (.+)$/m.exec(cpuinfo)?.[1] ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memoryGiB: Math.round(total / 2 ** 30),
    kernel: `${Deno.build.os} ${Deno.osRelease()}`,
  };
}

/** The commit that was measured, with a plus behind it when the work tree differs from it. */
export async function describeCommit(): Promise<string> {
  const commit = await runCommand("git", ["rev-parse", "--short=12", "HEAD"]);
  const status = await runCommand("git", ["status", "--porcelain", "--", "src", "bench"]);
  if (!commit.ok) return "unknown";
  const clean = status.ok &&
    !status.output.split("\n").some((line) =>
      line.trim() !== "" && !line.includes("bench/results/")
    );
  return `${commit.output.trim()}${clean ? "" : "+"}`;
}

/**
 * Which cores do what. The server has one to itself, so that "CPU of the server" means the same for
 * every peer; everything else runs beside it.
 */
export interface Cores {
  /** One core; undefined where it cannot be had. */
  readonly server: string | undefined;
  readonly others: string | undefined;
  /** Every core, for servers that are to use several. */
  readonly all: string | undefined;
}

/** Needs Linux, `taskset` of util-linux and two cores; says so when one is missing. */
export async function chooseCores(warn: (text: string) => void): Promise<Cores> {
  const count = navigator.hardwareConcurrency;
  const { ok } = await runCommand("taskset", ["--version"]);
  if (Deno.build.os !== "linux" || !ok || count < 2) {
    warn(
      "NOT PINNED: server and load generator share all cores, so figures vary more and mean less. " +
        `Pinning needs Linux, taskset (util-linux) and 2 cores; here: ${Deno.build.os}, ` +
        `taskset ${ok ? "found" : "missing"}, ${count} cores`,
    );
    return { server: undefined, others: undefined, all: undefined };
  }
  const last = count - 1;
  return { server: "0", others: last === 1 ? "1" : `1-${last}`, all: `0-${last}` };
}

/** Moves a running process, and whatever it starts from now on, to other cores. */
export async function moveProcess(pid: number, cores: string | undefined): Promise<void> {
  if (cores === undefined) return;
  const { ok, output } = await runCommand("taskset", ["-a", "-p", "-c", cores, String(pid)]);
  if (!ok) throw new Error(`Cannot move process ${pid} to cores ${cores}: ${output}`);
}
