import assert from "node:assert/strict";
import { RunningProgram } from "../support/running_program.ts";
import { sharedStage, sharedTest } from "../support/shared_stage.ts";
import { Stranger } from "../support/stranger.ts";
import { waitFor } from "../support/wait_for.ts";

/**
 * The client library as others get it: what would be published, and the npm package in a project that
 * knows nothing of this one, against a real server.
 */

const ROOT = new URL("../../", import.meta.url);
const ENTRY_POINTS = ["src/client/mod.ts", "src/client/chat_client.ts"];
const README = "src/client/README.md";
/** What the README says of it. */
const PAGE_BYTES_MAX = 13_000;
/** Starting a server, or a page, on a busy machine. */
const DEADLINE_MS = 30_000;
const STRICT = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022"];
const RESOLUTIONS = [
  ["--module", "nodenext", "--moduleResolution", "nodenext"],
  ["--module", "esnext", "--moduleResolution", "bundler"],
];

const stage = sharedStage([{ symbol: "A", price: 10 }, { symbol: "B", price: 20 }]);
let settled: Stranger | undefined;
Deno.test.beforeAll(async () => {
  settled = await Stranger.settle();
});
Deno.test.afterAll(async () => {
  await settled?.[Symbol.asyncDispose]();
});

function stranger(): Stranger {
  if (settled === undefined) throw new Error("Cannot use the stranger: must be in a test, is not");
  return settled;
}

async function deno(cwd: URL, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(code, 0, said);
  return said;
}

/** Paths below `src/` of all modules that the library consists of. */
async function libraryFiles(): Promise<string[]> {
  const files = new Set<string>();
  for (const entry of ENTRY_POINTS) {
    const graph: { modules: { specifier: string }[] } = JSON.parse(
      await deno(ROOT, "info", "--json", entry),
    );
    for (const { specifier } of graph.modules) {
      const path = specifier.replace(new URL("src/", ROOT).href, "");
      if (path !== specifier) files.add(path);
    }
  }
  return [...files].toSorted();
}

/** The README's programs. The test run would start them where they stand if it did not say "ignore". */
async function readmePrograms(): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(README, ROOT));
  return [...text.matchAll(/^```ts ignore\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
}

sharedTest(
  "The client library publishes its modules and nothing else, without slow types",
  async () => {
    // With all its public types stated, which `deno publish` insists on.
    const said = await deno(new URL("src/", ROOT), "publish", "--dry-run", "--allow-dirty");
    assert.match(said, /Dry run complete/);
    const published = [...said.matchAll(/^ +file:\/\/\S+\/src\/(\S+) \(/gm)].map(([, path]) =>
      path
    );
    const expected = [...await libraryFiles(), "client/README.md", "deno.json"];
    assert.deepEqual(published.toSorted(), expected.toSorted());
  },
);

sharedTest("The npm package says what it is and what it needs", async () => {
  const { name, version, engines, exports, dependencies, license, sideEffects } = await stranger()
    .packageJson();
  const project = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  assert.deepEqual([name, version, license], ["@quotewire/client", project.version, "MIT"]);
  assert.deepEqual(engines, { node: ">=20.12" });
  assert.equal(sideEffects, false);
  const rangeOf = (name: string) => `^${project.imports[name].split("@").at(-1)}`;
  assert.deepEqual(dependencies, { uuid: rangeOf("uuid"), valibot: rangeOf("valibot") });
  assert.deepEqual(Object.keys(exports ?? {}), [".", "./chat"]);
  const readme = await Deno.readTextFile(stranger().path("package/README.md"));
  assert.equal(readme, await Deno.readTextFile(new URL(README, ROOT)));
});

sharedTest(
  "A strict TypeScript program takes the npm package's types, however it resolves modules",
  async () => {
    await stranger().copy("examples/node/live_prices.mjs");
    await stranger().copy("examples/browser/live_prices.ts");
    const programs = (await readmePrograms()).map((code, index) => ({
      name: `readme_${index}.ts`,
      code,
    }));
    assert.ok(programs.length >= 5, "the README's programs are found");
    for (const { name, code } of programs) await stranger().write(name, code);
    for (const resolution of RESOLUTIONS) {
      const common = [...STRICT, ...resolution];
      const node = ["--lib", "es2023", "--types", "node", "--allowJs", "--checkJs"];
      const names = programs.map(({ name }) => name);
      await stranger().run("tsc", ...common, ...node, "live_prices.mjs", ...names);
      const page = ["--lib", "es2023,dom,dom.iterable", "--types", ""];
      await stranger().run("tsc", ...common, ...page, "live_prices.ts");
    }
  },
);

sharedTest(
  "A Node.js program prints live prices, and goes on after the server has restarted",
  async () => {
    const { server } = stage();
    await stranger().copy("examples/node/live_prices.mjs");
    const path = stranger().path("live_prices.mjs");
    await using program = new RunningProgram("node", [path, `${server.socketUrl}/ws`, "A"]);
    await program.shows('{"symbol":"A","source":"test","price":10}', DEADLINE_MS);
    await stage().insert({ symbol: "B", price: 21 }, { symbol: "A", price: 11 });
    await program.shows('{"symbol":"A","source":"test","price":11}', DEADLINE_MS);
    await server.restart();
    await waitFor("the client to resume", () => program.errors.includes("resumed"), DEADLINE_MS);
    await stage().insert({ symbol: "A", price: 12 });
    await program.shows('{"symbol":"A","source":"test","price":12}', DEADLINE_MS);
    assert.doesNotMatch(program.output, /"B"/);
    program.kill("SIGINT");
    assert.equal(await program.exit(DEADLINE_MS), 0);
  },
);

sharedTest("A Node.js program without a WebSocket is told how to get one", async () => {
  const code = `delete globalThis.WebSocket;
    const { FeedClient } = await import("@quotewire/client");
    try {
      new FeedClient({ url: "ws://127.0.0.1:8080/ws", subscription: { symbols: "*" } });
    } catch (error) {
      console.log(error.name, error.message);
    }`;
  await stranger().write("no_socket.mjs", code);
  assert.match(await stranger().run("node", "no_socket.mjs"), /^TypeError .*package ws/);
});

// The WebSocket of Node.js 20 (behind a flag) and 22 tells of a connection that has failed with an `error`
// alone. A client that waited for `close` tried again only after its deadline of 10 s.
sharedTest(
  "A Node.js program with Node's own WebSocket hears at once that nobody answers",
  async () => {
    const code = `import { FeedClient } from "@quotewire/client";
    const client = new FeedClient({ url: "ws://127.0.0.1:1/ws", subscription: { symbols: "*" } });
    client.on("state", (state) => {
      if (state.phase !== "reconnecting") return;
      console.log(state.reason);
      client.stop();
    });
    client.start();`;
    await stranger().write("nobody.mjs", code);
    const major = Number((await stranger().run("node", "--version")).match(/\d+/)?.[0]);
    const flags = major < 22 ? ["--experimental-websocket"] : [];
    assert.doesNotMatch(await stranger().run("node", ...flags, "nobody.mjs"), /must end within/);
  },
);

sharedTest(
  "A Node.js program's listener that throws is an uncaught error of the program",
  async () => {
    const code = `import { FeedClient } from "@quotewire/client";
    import webSocket from "ws";
    const options = { url: "ws://127.0.0.1:1/ws", subscription: { symbols: "*" }, webSocket };
    const client = new FeedClient(options);
    process.on("uncaughtException", ({ message }) => {
      console.log("uncaught:", message);
      client.stop();
    });
    const remove = client.on("state", () => {
      remove();
      throw new Error("of a listener");
    });
    client.start();`;
    await stranger().write("listener.mjs", code);
    assert.equal(await stranger().run("node", "listener.mjs"), "uncaught: of a listener\n");
  },
);

sharedTest("A Node.js program is told that the server does not take its token", async () => {
  await using refusing = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("", { status: 401 }),
  );
  const code = `import { FeedClient } from "@quotewire/client";
    import webSocket from "ws";
    const client = new FeedClient({
      url: "ws://127.0.0.1:${refusing.addr.port}/ws",
      subscription: { symbols: "*" },
      token: "not-a-token",
      webSocket,
    });
    client.start();
    await client.untilLive().catch(({ message }) => console.log(message));`;
  await stranger().write("token.mjs", code);
  assert.equal(
    await stranger().run("node", "token.mjs"),
    "Cannot become live: the server closed the connection with 1008: authentication required\n",
  );
});

sharedTest(
  "A page from a bundler shows live prices, in as many bytes as the README says",
  async () => {
    await stranger().copy("examples/browser/live_prices.ts");
    await stranger().copy("examples/browser/index.html");
    const bundle = ["--bundle", "--minify", "--format=esm", "--outfile=live_prices.js"];
    await stranger().run("esbuild", "live_prices.ts", ...bundle);
    const script = await Deno.readFile(stranger().path("live_prices.js"));
    const zipped = new Blob([script]).stream().pipeThrough(new CompressionStream("gzip"));
    const { byteLength } = await new Response(zipped).arrayBuffer();
    assert.ok(byteLength < PAGE_BYTES_MAX, `has ${byteLength} bytes`);

    await using pages = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      async (request) => {
        const isScript = new URL(request.url).pathname === "/live_prices.js";
        const body = isScript ? script : await Deno.readTextFile(stranger().path("index.html"));
        const type = isScript ? "text/javascript" : "text/html";
        return new Response(body, { headers: { "content-type": type } });
      },
    );
    const feed = encodeURIComponent(`${stage().server.socketUrl}/ws`);
    const { browser } = stage();
    const page = await browser.open(`http://127.0.0.1:${pages.addr.port}/?url=${feed}`);
    const row = page.getByRole("row", { name: "B test" });
    await row.waitFor();
    assert.equal(await page.getByRole("status").textContent(), "Live");
    await stage().insert({ symbol: "B", price: 25.5 });
    await page.getByRole("cell", { name: "25.5" }).waitFor();
    assert.deepEqual(browser.complaints, []);
  },
);

sharedTest("A Deno program prints live prices by the library's name", async () => {
  const url = `${stage().server.socketUrl}/ws`;
  const flags = [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-check",
    "--allow-net",
    "--allow-env=QUOTEWIRE_TOKEN",
  ];
  await using program = new RunningProgram(
    Deno.execPath(),
    [...flags, "examples/live_prices.ts", url, "B"],
  );
  await program.shows(/^\{"symbol":"B","source":"test","price":[\d.]+\}$/m, DEADLINE_MS);
  await stage().insert({ symbol: "B", price: 26.5 });
  await program.shows('{"symbol":"B","source":"test","price":26.5}', DEADLINE_MS);
  program.kill("SIGINT");
  assert.equal(await program.exit(DEADLINE_MS), 0);
});
