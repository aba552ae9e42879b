import type { ChatLine } from "./chat_line.ts";

/** Lines that are held of one room. */
export const LINES_MAX = 500;
/** Notices among them: comings and goings must not crowd out what was said. */
const NOTICES_MAX = 50;
/** Weight that is held of one room, in characters and bytes. */
const WEIGHT_MAX = 8_000_000;

/**
 * A room's lines with further ones, in the order in which things were said; what has not been said yet
 * comes last. A line replaces the one of the same key or id. Beyond the maximum the oldest are left out.
 */
export function withLines(
  lines: readonly ChatLine[],
  added: readonly ChatLine[],
): readonly ChatLine[] {
  const keys = new Set(added.map(({ key }) => key));
  const ids = new Set(added.map(({ id }) => id).filter((id) => id !== undefined));
  const rest = lines.filter(({ key, id }) => !keys.has(key) && (id === undefined || !ids.has(id)));
  return trimmed(withoutOldNotices([...rest, ...added].sort(inOrder)));
}

/** Whether two lines belong together under one name. */
export function continues(line: ChatLine, before: ChatLine | undefined): boolean {
  return before !== undefined && before.kind === "spoken" && line.kind === "spoken" &&
    before.username === line.username && before.isOwn === line.isOwn &&
    line.timeMs - before.timeMs < TOGETHER_MS && isSameDay(line, before);
}

/** Whether two lines are of the same local day. */
export function isSameDay(line: ChatLine, other: ChatLine): boolean {
  return new Date(line.timeMs).toDateString() === new Date(other.timeMs).toDateString();
}

const TOGETHER_MS = 5 * 60_000;

function inOrder(a: ChatLine, b: ChatLine): number {
  if (a.id === undefined || b.id === undefined) {
    if (a.id === b.id) return a.timeMs - b.timeMs;
    return a.id === undefined ? 1 : -1;
  }
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function withoutOldNotices(lines: readonly ChatLine[]): readonly ChatLine[] {
  let surplus = lines.filter(({ kind }) => kind === "notice").length - NOTICES_MAX;
  if (surplus <= 0) return lines;
  return lines.filter(({ kind }) => kind !== "notice" || surplus-- <= 0);
}

function trimmed(lines: readonly ChatLine[]): readonly ChatLine[] {
  let weight = 0;
  let first = lines.length;
  while (first > 0 && lines.length - first < LINES_MAX) {
    const line = lines[first - 1];
    if (line !== undefined) weight += weightOf(line);
    if (weight > WEIGHT_MAX) break;
    first -= 1;
  }
  return lines.slice(first);
}

function weightOf(line: ChatLine): number {
  if (line.kind === "notice") return line.text.length;
  return line.body.kind === "text" ? line.body.text.length : line.body.bytes.length;
}
