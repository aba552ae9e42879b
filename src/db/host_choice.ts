/** Lists of hosts that are remembered; a process has one or two. */
const LISTS_MAX = 100;

/** What is known of a list of hosts. */
interface Choice {
  /** The index of the host to dial. */
  index: number;
  /** When each of them was last heard to answer a statement, by its index. */
  readonly answeredAtMs: number[];
}

/** For the whole process: what one pool learns serves the others. */
const CHOICES = new Map<string, Choice>();

/** The index of the host to dial. */
export function chosenHost(hosts: readonly string[]): number {
  return CHOICES.get(hosts.join())?.index ?? 0;
}

/** Takes note that a host has answered a statement. */
export function hostAnswered(hosts: readonly string[], index: number): void {
  if (hosts.length < 2) return;
  choiceOf(hosts).answeredAtMs[index] = performance.now();
}

/**
 * Takes the next host, unless somebody has moved on from this one already, or has had an answer from it
 * since: it is slow then, not gone.
 */
export function leaveHost(hosts: readonly string[], index: number, sinceMs: number): void {
  if (hosts.length < 2) return;
  const choice = choiceOf(hosts);
  const answeredAtMs = choice.answeredAtMs[index] ?? -Infinity;
  if (choice.index === index && answeredAtMs < sinceMs) {
    choice.index = (index + 1) % hosts.length;
  }
}

function choiceOf(hosts: readonly string[]): Choice {
  const list = hosts.join();
  const choice = CHOICES.get(list) ?? { index: 0, answeredAtMs: [] };
  // The list that is in use comes last.
  CHOICES.delete(list);
  CHOICES.set(list, choice);
  for (const oldest of CHOICES.keys()) {
    if (CHOICES.size <= LISTS_MAX) break;
    CHOICES.delete(oldest);
  }
  return choice;
}
