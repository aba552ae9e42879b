import * as v from "valibot";
import { ensureChromium } from "./browser.ts";
import { waitFor } from "./wait_for.ts";
import { TextLineStream } from "./text_lines.ts";

/** One tab. Only the one in front is shown; the others are hidden, as the browser sees to it. */
export interface BrowserTab {
  /** Runs an expression in the page and returns what it is worth, as JSON can say it. */
  evaluate(expression: string): Promise<unknown>;
  /** Texts of all WebSocket frames that the page has received. */
  readonly received: readonly string[];
  /** Puts the tab in front of the others. */
  show(): Promise<void>;
}

/** A browser with tabs in one window. Playwright keeps every page of its own shown, so it cannot tell. */
export interface TabbedBrowser extends AsyncDisposable {
  /** Opens a tab in front of the others. */
  open(url: string): Promise<BrowserTab>;
}

const DEADLINE_MS = 20_000;
const targetSchema = v.object({ id: v.string(), webSocketDebuggerUrl: v.string() });
const messageSchema = v.looseObject({
  id: v.optional(v.number()),
  method: v.optional(v.string()),
  result: v.optional(v.unknown()),
  params: v.optional(v.unknown()),
});
const evaluatedSchema = v.object({
  result: v.looseObject({ value: v.optional(v.unknown()) }),
  exceptionDetails: v.optional(v.unknown()),
});
const frameSchema = v.object({ response: v.object({ payloadData: v.string() }) });

/** Starts a Chromium with one empty tab. */
export async function openTabbedBrowser(): Promise<TabbedBrowser> {
  const folder = await Deno.makeTempDir({ prefix: "quotewire-tabs-" });
  const sandbox = Deno.uid() === 0 ? ["--no-sandbox"] : [];
  const flags = ["--headless", "--remote-debugging-port=0", `--user-data-dir=${folder}`];
  const child = new Deno.Command(await ensureChromium(), {
    args: [...flags, ...sandbox, "about:blank"],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const origin = await originOf(child.stderr);
  const tabs: Tab[] = [];
  return {
    async open(url) {
      const answer = await fetch(`${origin}/json/new?${encodeURI(url)}`, { method: "PUT" });
      const { id, webSocketDebuggerUrl } = v.parse(targetSchema, await answer.json());
      const tab = new Tab(await connect(webSocketDebuggerUrl), `${origin}/json/activate/${id}`);
      tabs.push(tab);
      await tab.call("Network.enable");
      // What came before somebody listened would be missing.
      await tab.call("Page.reload");
      return tab;
    },
    async [Symbol.asyncDispose]() {
      for (const tab of tabs) tab.close();
      child.kill("SIGKILL");
      await child.status;
      // Its children write on for a moment.
      await waitFor("Chromium to leave its folder", () => isRemoved(folder));
    },
  };
}

async function isRemoved(folder: string): Promise<boolean> {
  try {
    await Deno.remove(folder, { recursive: true });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOTEMPTY") return false;
    throw error;
  }
}

class Tab implements BrowserTab {
  readonly received: string[] = [];
  readonly #socket: WebSocket;
  readonly #activateUrl: string;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #lastId = 0;

  constructor(socket: WebSocket, activateUrl: string) {
    this.#socket = socket;
    this.#activateUrl = activateUrl;
    socket.onmessage = ({ data }) => this.#take(v.parse(messageSchema, JSON.parse(data)));
  }

  async evaluate(expression: string): Promise<unknown> {
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = v.parse(
      evaluatedSchema,
      await this.call("Runtime.evaluate", params),
    );
    if (exceptionDetails !== undefined) {
      throw new Error(`Cannot evaluate in the page: ${JSON.stringify(exceptionDetails)}`);
    }
    return result.value;
  }

  async show(): Promise<void> {
    const answer = await fetch(this.#activateUrl);
    await answer.body?.cancel();
  }

  async call(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(
      () => reject(new Error(`${method} must answer, did not`)),
      DEADLINE_MS,
    );
    this.#waiting.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params }));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  close(): void {
    this.#socket.close();
  }

  #take({ id, method, result, params }: v.InferOutput<typeof messageSchema>): void {
    if (id !== undefined) this.#waiting.get(id)?.(result);
    if (method !== "Network.webSocketFrameReceived") return;
    this.received.push(v.parse(frameSchema, params).response.payloadData);
  }
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.onopen = () => resolve();
  socket.onerror = () => reject(new Error(`Cannot reach the browser at ${url}`));
  await promise;
  return socket;
}

/** The browser says on its standard error where it listens, once it does. */
async function originOf(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const lines = stderr.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  const origin = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => origin.reject(new Error("The browser must say where it listens, did not")),
    DEADLINE_MS,
  );
  (async () => {
    for await (const line of lines) {
      const host = /DevTools listening on ws:\/\/([^/]+)\//.exec(line)?.[1];
      if (host !== undefined) origin.resolve(`http://${host}`);
    }
  })();
  try {
    return await origin.promise;
  } finally {
    clearTimeout(timer);
  }
}
