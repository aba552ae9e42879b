import { SetupError } from "../errors.ts";

/** One file that the server hands out. */
export interface StaticFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  /** Strong validator, so that a browser fetches the file once per version. */
  readonly etag: string;
}

/** Everything that is served, by path. A path that is not here does not exist, whatever the disk holds. */
const PATHS: Record<string, { file: string; contentType: string }> = {
  "/": { file: "index.html", contentType: "text/html; charset=utf-8" },
  "/test_client.html": { file: "test_client.html", contentType: "text/html; charset=utf-8" },
  "/styles.css": { file: "styles.css", contentType: "text/css; charset=utf-8" },
  "/board.css": { file: "board.css", contentType: "text/css; charset=utf-8" },
  "/chat.css": { file: "chat.css", contentType: "text/css; charset=utf-8" },
  "/test_client.css": { file: "test_client.css", contentType: "text/css; charset=utf-8" },
  "/favicon.svg": { file: "favicon.svg", contentType: "image/svg+xml" },
  "/dist/main.js": { file: "dist/main.js", contentType: "text/javascript; charset=utf-8" },
  "/dist/test_client/main.js": {
    file: "dist/test_client/main.js",
    contentType: "text/javascript; charset=utf-8",
  },
};

/**
 * Reads the pages' files into memory. No request ever reaches the file system, so there is no path to
 * traverse.
 *
 * @throws {SetupError} when one is missing, which says how to build it
 */
export async function loadStaticFiles(): Promise<ReadonlyMap<string, StaticFile>> {
  const folder = new URL("../../static/", import.meta.url);
  const loaded = await Promise.all(
    Object.entries(PATHS).map(async ([path, { file, contentType }]) => {
      const body = await readFile(new URL(file, folder), file);
      return [path, { body, contentType, etag: await etagOf(body) }] as const;
    }),
  );
  return new Map(loaded);
}

async function readFile(url: URL, name: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(url);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new SetupError(
      `Cannot serve the pages: static/${name} must exist, is missing. Run: deno task build`,
    );
  }
}

async function etagOf(body: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return `"${digest.slice(0, 12).toHex()}"`;
}
