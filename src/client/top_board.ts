import {
  bytesText,
  countText,
  millisecondsText,
  percentText,
  rateText,
  UNKNOWN,
  uptimeText,
} from "./figure_format.ts";
import { paint, type Style } from "./paint.ts";
import { QuoteFormat } from "./quote_format.ts";
import { newestAgeMs, type ServerStats } from "./server_stats.ts";
import type { StatsRates } from "./stats_rates.ts";
import type { ServerView } from "./stats_watch.ts";
import type { BoardSize } from "./terminal_board.ts";
import { fitText, printable, textWidth } from "./terminal_text.ts";

/** What a board shows, and of whom. */
export interface TopView extends ServerView {
  readonly url: string;
  /** By the local clock, in milliseconds since the unix epoch. */
  readonly nowMs: number;
}

/** A piece of a line, left out whole where there is no room for it. */
type Piece = readonly [text: string, style?: Style];
type Feed = ServerStats["feed"]["status"];

const FEED_SHAPES: Record<Feed, string> = { live: "●", delayed: "◐", down: "▲" };
const FEED_STYLES: Record<Feed, Style> = { live: "green", delayed: "yellow", down: "red" };
const LABEL_WIDTH = 10;
/** Enough of a UUID to tell servers behind one address apart. */
const PROCESS_CHARACTERS = 8;
const GAP = "  ";
/** Of what there may be: from here on it is worth a look, and worth an alarm. */
const SHARE_HIGH = 0.8;
const SHARE_ALARMING = 0.95;
const LAG_MS_HIGH = 100;
const LAG_MS_ALARMING = 1000;
const ISOLATE_WIDTHS = [8, 10, 8, 10, 10, 10];
const SESSION_WIDTHS = [8, 22, 10, 12];

const format = new QuoteFormat("en");

/** Draws how a server is doing, most important first: what does not fit is what comes last. */
export class TopBoard {
  readonly #colours: boolean;

  constructor(options: { readonly colours: boolean }) {
    this.#colours = options.colours;
  }

  /** The board's lines: at most `rows`, none wider than `columns`. */
  draw(view: TopView, { columns, rows }: BoardSize): string[] {
    const lines = this.#pieces(view).map((pieces) => this.#line(pieces, columns, view));
    if (lines.length <= rows) return lines;
    const shown = Math.max(rows - 1, 0);
    const hint = `… ${lines.length - shown} more lines: make the window taller`;
    return [...lines.slice(0, shown), this.#paint(fitText(hint, columns).trimEnd(), "dim")]
      .slice(0, rows);
  }

  #pieces(view: TopView): Piece[][] {
    const lines = [statusPieces(view)];
    if (view.away !== undefined) lines.push([[view.away.reason, "red"]]);
    const { stats, rates } = view;
    if (stats === undefined) return lines;
    lines.push(
      feedPieces(stats, rates),
      clientPieces(stats, rates),
      updatePieces(stats, rates),
      trafficPieces(stats, rates),
      [label("Memory"), ...sharePieces(stats.resident_bytes, stats.limits.memory_bytes, bytesText)],
      databasePieces(stats),
      [],
      ...isolateRows(stats, rates),
      [],
      ...sessionRows(stats),
    );
    return lines;
  }

  #line(pieces: readonly Piece[], columns: number, view: TopView): string {
    let room = columns;
    let line = "";
    for (const [at, [text, style]] of pieces.entries()) {
      // The first piece says what the line is about, and is cut rather than left out.
      const shown = at === 0 && textWidth(text) > room ? fitText(text, room) : text;
      room -= textWidth(shown);
      if (room < 0) break;
      const isOld = view.away !== undefined && style !== "red" && at > 0;
      line += this.#paint(shown, isOld ? "dim" : style);
    }
    return line.trimEnd();
  }

  #paint(text: string, style: Style | undefined): string {
    return this.#colours ? paint(text, style) : text;
  }
}

function label(text: string): Piece {
  return [text.padEnd(LABEL_WIDTH), "dim"];
}

function piece(text: string, style?: Style): Piece {
  return style === undefined ? [text + GAP] : [text + GAP, style];
}

function statusPieces({ url, stats, away, heardAtMs, nowMs }: TopView): Piece[] {
  const where = piece(printable(url));
  const version = stats === undefined ? [] : versionPieces(stats);
  if (away !== undefined) {
    const seconds = Math.max(Math.ceil((away.retryAtMs - nowMs) / 1000), 0);
    const since = stats === undefined ? "" : `, as of ${format.ago(nowMs - heardAtMs)}`;
    return [[`○ Not answering${since}${GAP}`, "red"], piece(`again in ${seconds} s`), where];
  }
  if (stats === undefined) return [piece("○ Asking", "yellow"), where];
  const { status } = stats.feed;
  return [piece(`${FEED_SHAPES[status]} Feed ${status}`, FEED_STYLES[status]), where, ...version];
}

function versionPieces({ process, uptime_ms, versions, database }: ServerStats): Piece[] {
  return [
    piece(`up ${uptimeText(uptime_ms)}`),
    piece(`Quotewire ${printable(versions.quotewire)}`, "dim"),
    piece(`Deno ${printable(versions.deno)}`, "dim"),
    piece(`Postgres ${printable(database.version ?? UNKNOWN)}`, "dim"),
    piece(`process ${printable(process).slice(0, PROCESS_CHARACTERS)}`, "dim"),
  ];
}

function feedPieces({ feed }: ServerStats, rates: StatsRates | undefined): Piece[] {
  const failed = rates === undefined || rates.failedReads === 0
    ? []
    : [piece(`${rateText(rates.failedReads)} failed/s`, "red")];
  return [
    label("Feed"),
    piece(`${printable(feed.mode)}, ${millisecondsText(feed.age_ms)} old`),
    piece(`${rateText(rates?.reads)} reads/s`),
    ...failed,
    piece(`${millisecondsText(rates?.readMs)} each`),
    piece(`${rateText(rates?.rows)} rows/s`),
  ];
}

function clientPieces(stats: ServerStats, rates: StatsRates | undefined): Piece[] {
  const { rejections = 0, slowDrops = 0 } = rates ?? {};
  return [
    label("Clients"),
    ...sharePieces(stats.sockets, stats.limits.sessions, countText),
    piece(`${rateText(rates?.connects)} new/s`),
    piece(
      `${countText(stats.slow_drops_total)} slow dropped`,
      slowDrops > 0 ? "yellow" : undefined,
    ),
    piece(`${countText(stats.rejected_total)} refused`, rejections > 0 ? "yellow" : undefined),
  ];
}

function updatePieces(stats: ServerStats, rates: StatsRates | undefined): Piece[] {
  const waiting = stats.traffic.reduce((sum, one) => sum + one.outbox_quotes, 0);
  return [
    label("Updates"),
    piece(`${rateText(rates?.delivered)} sent/s`),
    piece(`half in ${boundText(rates?.delay?.halfMs)}, 99 % in ${boundText(rates?.delay?.mostMs)}`),
    piece(`${rateText(rates?.conflated)} conflated/s`),
    piece(`${countText(waiting)} waiting`),
    piece(`${countText(stats.quotes)} quotes known`),
  ];
}

function trafficPieces(stats: ServerStats, rates: StatsRates | undefined): Piece[] {
  const buffered = stats.traffic.reduce((sum, one) => sum + one.buffered_bytes, 0);
  return [
    label("Traffic"),
    piece(`out ${rateText(rates?.sentFrames)} frames/s ${bytesText(rates?.sentBytes)}/s`),
    piece(`in ${rateText(rates?.receivedFrames)} frames/s ${bytesText(rates?.receivedBytes)}/s`),
    piece(`${bytesText(buffered)} buffered`),
  ];
}

function databasePieces(stats: ServerStats): Piece[] {
  const { rows_estimate, bytes, connections, reachable } = stats.database;
  const newestMs = newestAgeMs(stats);
  const share = (connections.all ?? 0) / (connections.max ?? Infinity);
  return [
    label("Database"),
    ...(reachable ? [] : [piece("away", "red")]),
    piece(
      `newest ${reachable ? "" : "known "}price ${
        newestMs === null ? UNKNOWN : format.ago(newestMs)
      }`,
    ),
    piece(`${countText(rows_estimate)} rows`),
    piece(bytesText(bytes)),
    piece(
      `${countText(connections.all)} of ${countText(connections.max)} connections`,
      shareStyle(share),
    ),
    piece(`${countText(connections.own)} ours`),
  ];
}

function isolateRows(stats: ServerStats, rates: StatsRates | undefined): Piece[][] {
  const titles = ["WORKER", "SESSIONS", "CPU", "LAG", "HEAP", "RESTARTS"];
  const rows = stats.isolates.map((one, at): Piece[] => {
    const cpu = rates?.cpuShares[at];
    const isMain = one.isolate === "main";
    return row(ISOLATE_WIDTHS, [
      [printable(one.isolate), "bold"],
      [isMain ? "" : countText(one.sessions)],
      [percentText(cpu), shareStyle(cpu ?? 0)],
      [millisecondsText(one.event_loop_lag_ms), lagStyle(one.event_loop_lag_ms)],
      [bytesText(one.heap_bytes)],
      [isMain ? "" : countText(one.restarts_total), one.restarts_total > 0 ? "yellow" : undefined],
      [one.reporting ? "" : `${GAP}silent`, "red"],
    ]);
  });
  return [row(ISOLATE_WIDTHS, titles.map((title) => [title, "dim"])), ...rows];
}

function sessionRows({ sessions }: ServerStats): Piece[][] {
  const titles = ["ENDPOINT", "  PROTOCOL", "OPEN", "EVER"];
  const rows = sessions.map(({ endpoint, protocol, open, connects_total: ever }): Piece[] => {
    const style = open === 0 ? "dim" : undefined;
    return row(SESSION_WIDTHS, [
      [printable(endpoint), style ?? "bold"],
      [`  ${printable(protocol)}`, style],
      [countText(open), style],
      [countText(ever), style],
    ], 2);
  });
  return [row(SESSION_WIDTHS, titles.map((title) => [title, "dim"]), 2), ...rows];
}

/** @param lefts how many cells, from the first, stand to the left in their columns */
function row(
  widths: readonly number[],
  cells: readonly (readonly [text: string, style?: Style | undefined])[],
  lefts = 1,
): Piece[] {
  return cells.map(([text, style], at): Piece => {
    const shown = fitText(text, widths[at] ?? textWidth(text), at < lefts ? "left" : "right");
    return style === undefined ? [shown] : [shown, style];
  });
}

function sharePieces(used: number, max: number, text: (figure: number) => string): Piece[] {
  const share = max > 0 ? used / max : 0;
  return [piece(`${text(used)} of ${text(max)} (${percentText(share)})`, shareStyle(share))];
}

function boundText(boundMs: number | undefined): string {
  return boundMs === Infinity ? "longer" : millisecondsText(boundMs);
}

function shareStyle(share: number): Style | undefined {
  return share >= SHARE_ALARMING ? "red" : share >= SHARE_HIGH ? "yellow" : undefined;
}

function lagStyle(lagMs: number): Style | undefined {
  return lagMs >= LAG_MS_ALARMING ? "red" : lagMs >= LAG_MS_HIGH ? "yellow" : undefined;
}
