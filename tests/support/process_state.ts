import { type Footprint, footprint } from "./footprint.ts";

/** What a server holds at a moment. */
export interface ProcessState extends Footprint {
  /** Descriptors of TCP connections that it has accepted on its port, whatever has become of them. */
  readonly acceptedSockets: number;
}

const LISTENING = "0A";

/** @throws {Deno.errors.NotFound} when the process has ended */
export async function processState(pid: number, port: number): Promise<ProcessState> {
  const inodes = await acceptedInodes(pid, port);
  let acceptedSockets = 0;
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
    const target = await linkTarget(`/proc/${pid}/fd/${name}`);
    const inode = /^socket:\[(\d+)\]$/.exec(target ?? "")?.[1];
    if (inode !== undefined && inodes.has(inode)) acceptedSockets += 1;
  }
  return { ...footprint(pid), acceptedSockets };
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
