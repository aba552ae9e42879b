import { logger } from "../log.ts";

/** Lists of hosts that are remembered; a process has one or two. */
const LISTS_MAX = 100;
/** A connection that nobody answered makes the next one decide for so long. */
const SILENCE_REMEMBERED_MS = 30_000;

/** What is known of one host; `-Infinity` where it has never been so. */
interface HostNews {
  /** When it was last heard to answer a statement. */
  answeredAtMs: number;
  /** When it last did so over a connection that was new. */
  openedAtMs: number;
  /** When a new connection had not heard a word from it, while older ones had their answers. */
  silentAtMs: number;
}

/** What is known of a list of hosts. */
interface Choice {
  /** The index of the host to dial. */
  index: number;
  /** The index of the host that all stay with, until the one to dial has answered. */
  settled: number | undefined;
  /** Whether the host to stay with has been left without an answer since: then anyone that answers will do. */
  doubted: boolean;
  /** By the host's index. */
  readonly news: HostNews[];
  readonly followers: Set<(host: number) => void>;
}

/** A connection that ended before it had worked. */
export interface FailedDial {
  readonly dialledAtMs: number;
  /** Whether the host had not said a word. */
  readonly silent: boolean;
}

const log = logger("db");

/** For the whole process: what one pool learns serves the others, and all go where one goes. */
const CHOICES = new Map<string, Choice>();

/** The index of the host to dial. */
export function chosenHost(hosts: readonly string[]): number {
  return CHOICES.get(hosts.join())?.index ?? 0;
}

/**
 * Calls back, with its index, whenever all are to go over to another host, which then has answered a
 * statement: nobody leaves a connection that works for a host that cannot be had.
 *
 * @returns ends the calls; MUST be called
 */
export function followChoice(
  hosts: readonly string[],
  onMoved: (host: number) => void,
): () => void {
  const { followers } = choiceOf(hosts);
  followers.add(onMoved);
  return () => followers.delete(onMoved);
}

/**
 * Takes note that a host has answered a statement.
 *
 * @param isNew whether it was the first one over its connection
 * @returns `false` when it is not the host that all are with, and whoever asked MUST leave it
 */
export function hostAnswered(hosts: readonly string[], index: number, isNew: boolean): boolean {
  if (hosts.length < 2) return true;
  const choice = choiceOf(hosts);
  const news = newsOf(choice, index);
  news.answeredAtMs = performance.now();
  if (isNew) news.openedAtMs = news.answeredAtMs;
  if (index === choice.settled) {
    choice.doubted = false;
    if (isNew) choice.index = index;
  } else if (index === choice.index || choice.doubted) {
    if (choice.settled !== undefined) {
      log.warn("All connections are moved to {host}", { code: "db_moved", host: hosts[index] });
    }
    choice.index = index;
    choice.settled = index;
    choice.doubted = false;
    for (const onMoved of [...choice.followers]) onMoved(index);
  }
  return index === choice.settled;
}

/**
 * Takes the next host, unless somebody has moved on from this one already, or it has been found sound since:
 * it is slow then, not gone.
 */
export function leaveHost(hosts: readonly string[], index: number, dial: FailedDial): void {
  if (hosts.length < 2) return;
  const choice = choiceOf(hosts);
  const news = newsOf(choice, index);
  if (choice.index !== index || !isGone(news, dial)) return;
  news.silentAtMs = -Infinity;
  choice.index = (index + 1) % hosts.length;
  if (index === choice.settled) choice.doubted = true;
}

/**
 * A host that takes no new connection is gone for those who need one, whoever still has an old one. But on
 * a busy machine one may wait for its first word for long: where others have their answers it takes two, one
 * after the other.
 */
function isGone(news: HostNews, { dialledAtMs, silent }: FailedDial): boolean {
  if (news.answeredAtMs < dialledAtMs) return true;
  if (!silent || news.openedAtMs >= dialledAtMs) return false;
  const nowMs = performance.now();
  const { silentAtMs, openedAtMs } = news;
  const remembered = silentAtMs > openedAtMs && nowMs - silentAtMs < SILENCE_REMEMBERED_MS;
  if (!remembered) news.silentAtMs = nowMs;
  return remembered && dialledAtMs >= silentAtMs;
}

function newsOf({ news }: Choice, index: number): HostNews {
  return news[index] ??= {
    answeredAtMs: -Infinity,
    openedAtMs: -Infinity,
    silentAtMs: -Infinity,
  };
}

function choiceOf(hosts: readonly string[]): Choice {
  const list = hosts.join();
  const choice = CHOICES.get(list) ??
    { index: 0, settled: undefined, doubted: true, news: [], followers: new Set() };
  // The list that is in use comes last.
  CHOICES.delete(list);
  CHOICES.set(list, choice);
  for (const oldest of CHOICES.keys()) {
    if (CHOICES.size <= LISTS_MAX) break;
    CHOICES.delete(oldest);
  }
  return choice;
}
