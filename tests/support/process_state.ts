/** What a process holds at a moment. Linux only: it is read from /proc. */
export interface ProcessState {
  /** Open file descriptors of all kinds. */
  readonly descriptors: number;
  /** Descriptors of TCP connections that it has accepted on its port, whatever has become of them. */
  readonly acceptedSockets: number;
  /** Memory that is in RAM. */
  readonly residentBytes: number;
}

const LISTENING = "0A";

/** @throws {Deno.errors.NotFound} when the process has ended */
export async function processState(pid: number, port: number): Promise<ProcessState> {
  const inodes = await acceptedInodes(pid, port);
  let descriptors = 0;
  let acceptedSockets = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
    const target = await linkTarget(`/proc/${pid}/fd/${name}`);
    if (target === undefined) continue;
    descriptors += 1;
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) acceptedSockets += 1;
  }
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return { descriptors, acceptedSockets, residentBytes: kilobytes * 1024 };
}

/** Sockets whose own end is the port, without the one that listens. */
async function acceptedInodes(pid: number, port: number): Promise<Set<string>> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const inodes = new Set<string>();
  for (const line of (await Deno.readTextFile(`/proc/${pid}/net/tcp`)).split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [own = "", state, inode] = [fields[1], fields[3], fields[9]];
    if (own.endsWith(suffix) && state !== LISTENING && inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await Deno.readLink(path);
  } catch (error) {
    // Closed since the folder was listed.
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
