import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

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
  if (Deno.uid() !== 0 || await findOnPath(["apt-get"]) === undefined) return undefined;
  const notice = "Installing Chromium with apt-get, for the browser tests\n";
  Deno.stderr.writeSync(new TextEncoder().encode(notice));
  const lock = ["-o", "DPkg::Lock::Timeout=300"];
  await runAptGet([...lock, "update"]);
  await runAptGet([...lock, "install", "--yes", "--no-install-recommends", "chromium"]);
  return await findOnPath(NAMES);
}

async function runAptGet(args: readonly string[]): Promise<void> {
  const { success, code, stderr } = await new Deno.Command("apt-get", {
    args: [...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(600_000),
  }).output();
  if (success) return;
  const reason = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot install Chromium: apt-get must succeed, ended with ${code}: ${reason}`);
}

async function findOnPath(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
      const path = `${folder}/${name}`;
      if (folder !== "" && await isFile(path)) return path;
    }
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
