import { homedir } from "node:os";
import { getMimeType } from "hono/utils/mime";

/**
 * Reads a file that is to be sent.
 *
 * @throws {Error} when there is none, it is no ordinary file, or larger than `bytesMax`
 */
export async function readOutgoingFile(
  path: string,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { isFile, size } = await statOf(path);
  // A device or a pipe may never end.
  if (!isFile) throw new Error(`Cannot send ${path}: must be a file`);
  if (size > bytesMax) throw tooLarge(path, bytesMax, size);
  const bytes = await Deno.readFile(path);
  // It may have grown since.
  if (bytes.length > bytesMax) throw tooLarge(path, bytesMax, bytes.length);
  return bytes;
}

/** `{mediaType}` as the name's ending tells; nothing where it does not. */
export function mediaTypeOf(name: string): { mediaType?: string } {
  const mediaType = getMimeType(name)?.split(";")[0];
  return mediaType === undefined ? {} : { mediaType };
}

/** A path that begins with `~/` as shells read it. */
export function expandHome(path: string): string {
  return /^~(\/|$)/.test(path) ? homedir() + path.slice(1) : path;
}

async function statOf(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot send ${path}: must be a file, does not exist`);
  }
}

function tooLarge(path: string, bytesMax: number, bytes: number): Error {
  return new Error(`Cannot send ${path}: must have at most ${bytesMax} bytes, has ${bytes}`);
}
