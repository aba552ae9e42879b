import {
  configure,
  getJsonLinesFormatter,
  getLogger,
  getTextFormatter,
  type Logger,
  type Sink,
  type TextFormatter,
} from "@logtape/logtape";
import type { LogConfig } from "./config.ts";

/**
 * The logger of one folder. Every call states a `code` among its properties: a stable snake_case word
 * that an operator can search for, whatever becomes of the sentence.
 *
 * @param area the folder under `src/` that speaks: "feed", "session"
 */
export function logger(area: string): Logger {
  return getLogger(["quotewire", area]);
}

/** Everything that some terminal or reader of logs might take for the end of a line, or obey. */
const UNPRINTABLE_REGEXP = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]+/gu;

/**
 * Sends log lines to standard error, so that standard output stays free for what a command prints.
 * Each isolate configures its own; one write per line keeps their lines whole.
 */
export async function configureLog(config: LogConfig): Promise<void> {
  const format = config.format === "json"
    ? printableJson(getJsonLinesFormatter({ properties: "flatten" }))
    : getTextFormatter({
      timestamp: "time",
      level: "full",
      value: (value) => oneLine(shown(value)),
      format: ({ timestamp, level, category, message }) =>
        `${timestamp} ${level.padEnd(7)} ${category.split("·").slice(1).join(".")}: ${message}`,
    });
  const encoder = new TextEncoder();
  const stderr: Sink = (record) => {
    const bytes = encoder.encode(format(record));
    // A pipe may take less than a long line.
    for (let written = 0; written < bytes.length;) {
      written += Deno.stderr.writeSync(bytes.subarray(written));
    }
  };
  await configure({
    reset: true,
    sinks: { stderr },
    loggers: [
      { category: ["quotewire"], lowestLevel: config.level, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stderr"] },
    ],
  });
}

/**
 * The same in JSON, where it may keep its meaning: outside of texts there is nothing unprintable, but for
 * the end of the line. The sentence is made here, because LogTape would put each value into quotes.
 */
function printableJson(format: TextFormatter): TextFormatter {
  return (record) => {
    const parts = record.message.map((part, index) => index % 2 === 0 ? part : shown(part));
    const line = format({ ...record, message: [parts.join("")] });
    return `${line.trimEnd().replace(UNPRINTABLE_REGEXP, escaped)}\n`;
  };
}

/** A value as a sentence has it. */
function shown(value: unknown): string {
  return typeof value === "string" ? value : Deno.inspect(value);
}

/** As JSON escapes them, each UTF-16 unit alone. */
function escaped(text: string): string {
  return text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** What strangers say, such as why they hang up, must not look like a line of ours. */
function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ").replace(UNPRINTABLE_REGEXP, "\uFFFD");
}
