import { SetupError } from "../errors.ts";

/** The bytes of a file in one coding. */
export interface StaticBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Strong validator, so that a browser fetches the file once per version. */
  readonly etag: string;
}

/** One file that the server hands out. */
export interface StaticFile {
  readonly contentType: string;
  readonly identity: StaticBody;
  /** Left out where it would hardly be smaller, as of pictures. */
  readonly gzip: StaticBody | undefined;
}

/** Where a path's content lies below `static/`: in one file, or in several, one after the other. */
interface Content {
  readonly files: readonly [string, ...string[]];
  readonly contentType: string;
}

/** The part of its bytes below which a file is sent compressed. */
const WORTH = 0.9;
const HTML = "text/html; charset=utf-8";
const CSS = "text/css; charset=utf-8";
const PNG = "image/png";
const SCRIPT = "text/javascript; charset=utf-8";

/** Everything that is served, by path. A path that is not here does not exist, whatever the disk holds. */
const PATHS: Readonly<Record<string, Content>> = {
  "/": { files: ["index.html"], contentType: HTML },
  "/test_client.html": { files: ["test_client.html"], contentType: HTML },
  "/styles.css": {
    files: styles(
      "tokens",
      "base",
      "top_bar",
      "layout",
      "panels",
      "connection",
      "alerts",
      "sign_in",
    ),
    contentType: CSS,
  },
  "/board.css": {
    files: styles(
      "board",
      "board_toolbar",
      "board_rows",
      "board_cards",
      "board_table",
      "board_lists",
    ),
    contentType: CSS,
  },
  "/chat.css": {
    files: styles("chat_page", "chat_panel", "chat_rooms", "chat_messages", "chat_composer"),
    contentType: CSS,
  },
  "/symbol.css": { files: styles("symbol", "symbol_chart", "symbol_tables"), contentType: CSS },
  "/test_client.css": { files: ["test_client.css"], contentType: CSS },
  "/favicon.svg": { files: ["favicon.svg"], contentType: "image/svg+xml" },
  "/icons/icon_192.png": { files: ["icons/icon_192.png"], contentType: PNG },
  "/icons/icon_512.png": { files: ["icons/icon_512.png"], contentType: PNG },
  "/icons/icon_maskable_512.png": { files: ["icons/icon_maskable_512.png"], contentType: PNG },
  "/manifest.webmanifest": {
    files: ["manifest.webmanifest"],
    contentType: "application/manifest+json; charset=utf-8",
  },
  "/theme.js": { files: ["theme.js"], contentType: SCRIPT },
  "/dist/main.js": { files: ["dist/main.js"], contentType: SCRIPT },
  "/dist/chart/main.js": { files: ["dist/chart/main.js"], contentType: SCRIPT },
  "/dist/test_client/main.js": { files: ["dist/test_client/main.js"], contentType: SCRIPT },
};

/** Later rules win over earlier ones, so the order counts. */
function styles(first: string, ...rest: string[]): [string, ...string[]] {
  const file = (noun: string) => `styles/${noun}.css`;
  return [file(first), ...rest.map(file)];
}

/**
 * Reads the pages' files into memory. No request ever reaches the file system, so there is no path to
 * traverse.
 *
 * @throws {SetupError} when one is missing, which says how to build it
 */
export async function loadStaticFiles(): Promise<ReadonlyMap<string, StaticFile>> {
  const folder = new URL("../../static/", import.meta.url);
  const loaded = await Promise.all(
    Object.entries(PATHS).map(async ([path, { files, contentType }]) => {
      const parts = await Promise.all(files.map((file) => readFile(new URL(file, folder), file)));
      const identity = await bodyOf(new Blob(parts).stream());
      const zipped = await bodyOf(
        new Blob(parts).stream().pipeThrough(new CompressionStream("gzip")),
      );
      const gzip = zipped.bytes.length < identity.bytes.length * WORTH ? zipped : undefined;
      return [path, { contentType, identity, gzip }] as const;
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

async function bodyOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<StaticBody> {
  const bytes = await new Response(stream).bytes();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { bytes, etag: `"${digest.slice(0, 12).toHex()}"` };
}
