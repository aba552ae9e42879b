import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { announce, findOnPath, hasApt, isFile, runAptGet } from "./apt.ts";

/** A real browser for one test. */
export interface TestBrowser extends AsyncDisposable {
  /** Everything that the pages complained of: uncaught errors, and what they logged as errors. */
  readonly complaints: readonly string[];
  readonly version: string;
  /** Opens a page with nothing in common with the other pages. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
  /** Closes all pages and forgets what they complained of: the next test begins with none. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

const PATH_VARIABLE = "QUOTEWIRE_CHROMIUM";
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const ACTION_DEADLINE_MS = 15_000;

let executable: Promise<string> | undefined;

/**
 * Starts a Chromium.
 *
 * @param flags further command line flags
 * @throws {Error} that says what to install when there is none and it cannot be installed
 */
export async function openBrowser(flags: readonly string[] = []): Promise<TestBrowser> {
  const executablePath = await ensureChromium();
  // The sandbox refuses to work for root, and containers test as root.
  const sandbox = Deno.uid() === 0 ? ["--no-sandbox"] : [];
  const browser: Browser = await chromium.launch({ executablePath, args: [...sandbox, ...flags] });
  const complaints: string[] = [];
  const close = () => browser.close();
  return {
    complaints,
    version: browser.version(),
    async open(url, options) {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(ACTION_DEADLINE_MS);
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      await page.goto(url);
      return page;
    },
    async closePages() {
      await Promise.all(browser.contexts().map((context) => context.close()));
      complaints.length = 0;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Path of the Chromium that tests use; installs one where that is possible.
 *
 * @throws {Error} that says what to install when there is none and it cannot be installed
 */
export function ensureChromium(): Promise<string> {
  return executable ??= findChromium();
}

async function findChromium(): Promise<string> {
  const named = Deno.env.get(PATH_VARIABLE);
  if (named !== undefined && named !== "") {
    if (await isFile(named)) return named;
    throw new Error(`Cannot start a browser: ${PATH_VARIABLE} must name a file, is ${named}`);
  }
  const found = await findOnPath(NAMES) ?? await installChromium();
  if (found !== undefined) return found;
  throw new Error(
    `Cannot start a browser: must have Chromium, found none of ${NAMES.join(", ")} on PATH. ` +
      `Install one (Debian, Ubuntu: apt-get install chromium), or set ${PATH_VARIABLE} to its file`,
  );
}

/** Installs the distribution's package where that needs no one's leave. */
async function installChromium(): Promise<string | undefined> {
  if (!await hasApt()) return undefined;
  announce("Installing Chromium with apt-get, for the browser tests");
  await runAptGet("install Chromium", ["update"]);
  const install = ["install", "--yes", "--no-install-recommends", "chromium"];
  await runAptGet("install Chromium", install);
  return await findOnPath(NAMES);
}
