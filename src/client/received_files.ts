import { basename, join } from "node:path";

/** Bytes that somebody sent, with the name that they gave them. */
export interface ReceivedFile {
  /** Of its sender's choosing: not to be used as a path. */
  readonly name: string | undefined;
  readonly data: Uint8Array;
}

/** Kept in memory for `/save`, names included; beyond it the oldest go first. */
const KEPT_BYTES_MAX = 32 * 1024 * 1024;
/** What a file costs that has neither bytes nor a name. */
const EMPTY_BYTES = 200;
/** In UTF-8. File systems take 255 bytes, those that encrypt names 143. */
const NAME_BYTES_MAX = 140;
const UNSAFE_REGEXP = /[\p{C}\p{Zl}\p{Zp}<>:"|?*]/gu;
/** Devices under Windows, whatever follows the dot. */
const RESERVED_REGEXP = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Files that have come in, numbered from 1. Nothing is written to disk unless asked for. */
export class ReceivedFiles {
  readonly #files = new Map<number, ReceivedFile>();
  #bytes = 0;
  #last = 0;

  /** Keeps a file and returns its number. */
  add(file: ReceivedFile): number {
    this.#last += 1;
    this.#files.set(this.#last, file);
    this.#bytes += costOf(file);
    for (const [number, oldest] of this.#files) {
      if (this.#bytes <= KEPT_BYTES_MAX) break;
      this.#files.delete(number);
      this.#bytes -= costOf(oldest);
    }
    return this.#last;
  }

  /**
   * Writes a file where there is none yet, and returns the path.
   *
   * @param path a file that is made, or a folder that exists; without it the working directory
   * @throws {Error} when there is no such file to save, or the path cannot be written or exists
   */
  async save(number: number, path?: string): Promise<string> {
    const file = this.#files.get(number);
    if (file === undefined) throw new Error(this.#missing(number));
    const name = safeFileName(file.name ?? `received-${number}.bin`);
    const target = path === undefined ? name : await isFolder(path) ? join(path, name) : path;
    try {
      // It fails where anything is, a link among them.
      await Deno.writeFile(target, file.data, { createNew: true });
    } catch (error) {
      throw new Error(`Cannot save ${target}: ${writeFault(error)}`);
    }
    return target;
  }

  #missing(number: number): string {
    const rule = this.#last === 0 ? "none was received" : `must be one of 1 to ${this.#last}`;
    const isGone = number >= 1 && number <= this.#last;
    return `Cannot save file ${number}: ${isGone ? "it is too long ago to be kept" : rule}`;
  }
}

/**
 * A name from a stranger as one that can do no harm: no folders, nothing hidden, nothing special, no option
 * of a program, and short enough for any file system.
 */
export function safeFileName(name: string): string {
  const last = basename(name.replaceAll("\\", "/"));
  const clean = last.replace(UNSAFE_REGEXP, "_").replace(/^[. ]+|[. ]+$/g, "").replace(/^-/, "_");
  const safe = RESERVED_REGEXP.test(clean) ? `_${clean}` : clean;
  return safe === "" ? "file" : shorten(safe).replace(/[. ]+$/, "");
}

/** Cuts a long name in front of its ending. */
function shorten(name: string): string {
  const ending = /\.[^.]{1,10}$/.exec(name)?.[0] ?? "";
  const encoder = new TextEncoder();
  const room = new Uint8Array(NAME_BYTES_MAX - encoder.encode(ending).length);
  // It takes whole characters, as many as there is room for.
  const { read } = encoder.encodeInto(name.slice(0, name.length - ending.length), room);
  return name.slice(0, read) + ending;
}

function costOf({ name = "", data }: ReceivedFile): number {
  return EMPTY_BYTES + 2 * name.length + data.length;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function writeFault(error: unknown): string {
  if (error instanceof Deno.errors.AlreadyExists) return "must not exist yet, does";
  if (error instanceof Deno.errors.NotFound) return "its folder must exist, does not";
  return error instanceof Error ? error.message : String(error);
}
