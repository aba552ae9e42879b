import { createReadStream } from "node:fs";
import { type CsvError, parse } from "csv-parse";
import * as v from "valibot";
import { errorText, SetupError } from "../errors.ts";
import { settingExcerpt, withoutSetting } from "../excerpt.ts";
import { type Tick, tickFault } from "./tick.ts";

/** A line that holds no price. */
export interface BadLine {
  /** From 1, the header included. */
  readonly line: number;
  readonly reason: string;
}

const COLUMNS = ["symbol", "price", "source", "timestamp"];
const RECORD_BYTES_MAX = 65_536;

const recordSchema = v.object({
  record: v.object({
    symbol: v.string(),
    price: v.pipe(
      v.string(),
      v.regex(/^\d+(\.\d+)?(e[+-]?\d+)?$/i, "price must be a decimal number"),
      v.transform(Number),
    ),
    source: v.string(),
    timestamp: v.pipe(
      v.string(),
      v.regex(/^-?\d+$/, "timestamp must be whole unix seconds"),
      v.transform(Number),
    ),
  }),
  info: v.object({ lines: v.number() }),
});

/**
 * Reads the prices of a CSV file one after the other, as they are asked for, so that a file of any size
 * takes the same memory. The first line names the columns symbol, price, source and timestamp in any
 * order; further columns are ignored. Lines that cannot be used go to `onBadLine`.
 *
 * @throws {SetupError} when the file cannot be read or is not such a CSV file
 */
export async function* readReplayFile(
  file: string,
  onBadLine: (bad: BadLine) => void,
): AsyncGenerator<Tick> {
  let hasHeader = false;
  const parser = parse({
    bom: true,
    columns: (header: string[]) => {
      hasHeader = true;
      return readHeader(file, header);
    },
    info: true,
    max_record_size: RECORD_BYTES_MAX,
    skip_empty_lines: true,
    skip_records_with_error: true,
    trim: true,
  });
  parser.on("skip", (error: CsvError) => {
    // The parser does not find back to the next line after this one.
    if (error.code === "CSV_MAX_RECORD_SIZE") parser.destroy(error);
    else onBadLine({ line: Number(error["lines"]), reason: error.message });
  });
  const stream = createReadStream(file);
  stream.on("error", (error) => parser.destroy(error));
  stream.pipe(parser);
  try {
    for await (const item of parser) {
      const tick = readTick(item);
      if ("reason" in tick) onBadLine(tick);
      else yield tick;
    }
    if (!hasHeader) readHeader(file, []);
  } catch (error) {
    if (error instanceof SetupError) throw error;
    const reason = withoutSetting(errorText(error), file);
    throw new SetupError(`Cannot replay ${settingExcerpt(file)}: ${reason}; check REPLAY_FILE`);
  } finally {
    stream.destroy();
    parser.destroy();
  }
}

function readHeader(file: string, header: readonly string[]): string[] {
  const names = header.map((name) => name.toLowerCase());
  const missing = COLUMNS.filter((name) => !names.includes(name));
  if (missing.length === 0) return names;
  throw new SetupError(
    `Cannot replay ${settingExcerpt(file)}: the first line must name the columns ${
      COLUMNS.join(", ")
    }, ` +
      `lacks ${missing.join(", ")}`,
  );
}

function readTick(item: unknown): Tick | BadLine {
  const { success, output, issues } = v.safeParse(recordSchema, item);
  const line = v.safeParse(v.object({ info: recordSchema.entries.info }), item);
  const number = line.success ? line.output.info.lines : 0;
  if (!success) return { line: number, reason: issues[0].message };
  const fault = tickFault(output.record);
  return fault === undefined ? output.record : { line: number, reason: fault };
}
