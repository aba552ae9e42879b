/** Lists of hosts that are remembered; a process has one or two. */
const LISTS_MAX = 100;

/** Which host of a list is dialled at present, for the whole process: what one pool learns serves the others. */
const CHOICES = new Map<string, number>();

/** The index of the host to dial. */
export function chosenHost(hosts: readonly string[]): number {
  return CHOICES.get(hosts.join()) ?? 0;
}

/** Takes the next host, unless somebody has moved on from this one already. */
export function leaveHost(hosts: readonly string[], index: number): void {
  const list = hosts.join();
  if (hosts.length < 2 || (CHOICES.get(list) ?? 0) !== index) return;
  CHOICES.delete(list);
  CHOICES.set(list, (index + 1) % hosts.length);
  for (const oldest of CHOICES.keys()) {
    if (CHOICES.size <= LISTS_MAX) return;
    CHOICES.delete(oldest);
  }
}
