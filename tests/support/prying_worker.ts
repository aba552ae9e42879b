/// <reference lib="deno.worker" />
import "../../src/server/worker.ts";

/**
 * A worker as the server runs it that tries, when a test asks for it, what code that had got into it
 * would try, and tells how each attempt ended.
 */

/** What one attempt came to: "done", or the name of the error. */
export type Findings = Record<string, string>;

const channel = new BroadcastChannel("quotewire test pry");

const ATTEMPTS: Record<string, () => unknown> = {
  "read a file": () => Deno.readTextFile("/etc/passwd"),
  "read the settings": () => Deno.readTextFile(new URL("../../.env", import.meta.url)),
  "list the project": () => Array.fromAsync(Deno.readDir(new URL("../../", import.meta.url))),
  "write a file": () => Deno.writeTextFile(new URL("../../static/dist/x.txt", import.meta.url), ""),
  "make a file": () => Deno.makeTempFile(),
  "run a program": () => new Deno.Command("true").output(),
  "kill a process": () => Deno.kill(1, "SIGCONT"),
  "see the environment": () => Deno.env.get("DATABASE_URL"),
  "see all of the environment": () => Deno.env.toObject(),
  "connect elsewhere": () => Deno.connect({ hostname: "127.0.0.1", port: 5432 }),
  "listen elsewhere": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  "look up a name": () => Deno.resolveDns("example.com", "A"),
  "fetch a page": () => fetch("http://example.com/"),
  "see the machine's name": () => Deno.hostname(),
  "load a library": () => Deno.dlopen("libc.so.6", {}),
  "get more": () =>
    new Worker(import.meta.url, {
      type: "module",
      deno: { permissions: { net: true, read: true } },
    }),
  "read a page": () => Deno.readTextFile(new URL("../../static/index.html", import.meta.url)),
};

channel.onmessage = async ({ data }: MessageEvent<string>) => {
  if (data !== self.name) return;
  const findings: Findings = {};
  for (const [name, attempt] of Object.entries(ATTEMPTS)) {
    try {
      await attempt();
      findings[name] = "done";
    } catch (error) {
      findings[name] = error instanceof Error ? error.name : "thrown";
    }
  }
  channel.postMessage(findings);
};
