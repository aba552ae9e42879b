import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { DESK_TOKEN } from "../support/auth_stage.ts";
import { Authority } from "../support/authority.ts";
import { insertPrices } from "../support/dashboard.ts";
import { testDatabase } from "../support/postgres.ts";
import { RunningProgram } from "../support/running_program.ts";
import { startServer } from "../support/server.ts";
import { processTest as test } from "../support/server_stage.ts";
import { taskFlags } from "../support/task_flags.ts";
import { waitFor } from "../support/wait_for.ts";

const DAY_MS = 86_400_000;
const DEADLINE_MS = 30_000;

/** `main.ts` with these arguments, and the authority that it is to trust beside the known ones. */
function program(authority: Authority | undefined, ...args: string[]): RunningProgram {
  return programIn(authority === undefined ? {} : { DENO_CERT: authority.path }, ...args);
}

/** `main.ts` with these arguments, in an environment with these variables too. */
function programIn(env: Record<string, string>, ...args: string[]): RunningProgram {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const command = [Deno.execPath(), "run", ...taskFlags(args[0] ?? ""), "main.ts", ...args];
  return new RunningProgram("env", [...variables, ...command]);
}

test("A server with TLS_CERT and TLS_KEY serves pages, prices and chat by TLS alone", async () => {
  await using authority = await Authority.create();
  const { certPath, keyPath } = await authority.issue();
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 10 }]);
  await using server = await startServer({
    databaseUrl: database.url,
    env: { TLS_CERT: certPath, TLS_KEY: keyPath, FEED_MODE: "listen" },
  });
  const url = `https://localhost:${server.port}/`;
  assert.ok(server.lines.includes(`Dashboard: https://127.0.0.1:${server.port}/`));
  using client = Deno.createHttpClient({ caCerts: [authority.pem] });
  const metrics = await (await fetch(`${url}metrics`, { client })).text();
  const [, expiry] = /^quotewire_certificate_expiry_seconds (\S+)$/m.exec(metrics) ?? [];
  const { validTo } = new X509Certificate(await Deno.readTextFile(certPath));
  assert.equal(Number(expiry), Date.parse(validTo) / 1000);
  const page = await fetch(url, { client });
  assert.match(await page.text(), /<html/);
  await assert.rejects(
    fetch(url),
    (error) => error instanceof TypeError && /certificate/.test(String(error.cause)),
  );
  await assert.rejects(fetch(url.replace("https", "http")));
  await using watch = program(authority, "watch", url);
  await watch.shows(/\tA\ttest\t10\b/, DEADLINE_MS);
  await insertPrices(database.url, [{ symbol: "A", price: 11 }]);
  await watch.shows(/\tA\ttest\t11\b/, DEADLINE_MS);
  await using ada = program(authority, "chat", url, "--username", "ada");
  await using bob = program(authority, "chat", url, "--username", "bob");
  for (const one of [ada, bob]) {
    await waitFor("the room", () => / in the room: /.test(one.errors), DEADLINE_MS);
  }
  await ada.type("in confidence\n");
  await bob.shows("in confidence", DEADLINE_MS);
  assert.equal(await server.stop(), 0);
});

test("A program that does not trust the authority says so, and shows nothing", async () => {
  await using authority = await Authority.create();
  const { certPath, keyPath } = await authority.issue();
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 10 }]);
  await using server = await startServer({
    databaseUrl: database.url,
    env: { TLS_CERT: certPath, TLS_KEY: keyPath },
  });
  await using stranger = program(undefined, "watch", `https://localhost:${server.port}/`);
  await waitFor("the complaint", () => /certificate/.test(stranger.errors), DEADLINE_MS);
  assert.equal(stranger.output, "");
});

// Over TLS Deno follows a handshake that was answered with 401 by one over HTTP/2, and tells of that one's
// fault alone. The clients took the server for one that is away, and never said that it refused the token.
test("By TLS too, watch and chat end when the server refuses their token, and say so", async () => {
  await using authority = await Authority.create();
  const { certPath, keyPath } = await authority.issue();
  await using database = await testDatabase();
  await insertPrices(database.url, [{ symbol: "A", price: 10 }]);
  await using server = await startServer({
    databaseUrl: database.url,
    env: { TLS_CERT: certPath, TLS_KEY: keyPath, AUTH_TOKENS: `desk:${DESK_TOKEN}` },
  });
  const url = `https://localhost:${server.port}/`;
  const trust = { DENO_CERT: authority.path };
  const wrong = { ...trust, QUOTEWIRE_TOKEN: "wrong" };
  await using good = programIn({ ...trust, QUOTEWIRE_TOKEN: DESK_TOKEN }, "watch", url);
  await using watch = programIn(wrong, "watch", url);
  await using chat = programIn(wrong, "chat", url, "--username", "ada");
  await using nobody = program(authority, "watch", url);
  for (const refused of [watch, chat, nobody]) {
    assert.equal(await refused.exit(DEADLINE_MS), 1);
    assert.match(refused.errors, /authentication required.*Set QUOTEWIRE_TOKEN to a token/);
    assert.doesNotMatch(refused.errors, /wrong/);
  }
  await good.shows(/\tA\ttest\t10\b/, DEADLINE_MS);
});

test("A browser is told to come back by TLS alone, except by a server on loopback", async () => {
  await using authority = await Authority.create();
  const { certPath, keyPath } = await authority.issue();
  await using database = await testDatabase();
  using client = Deno.createHttpClient({ caCerts: [authority.pem] });
  for (const [host, expected] of [["127.0.0.1", null], ["0.0.0.0", /^max-age=\d{7,}$/]] as const) {
    await using server = await startServer({
      databaseUrl: database.url,
      env: { TLS_CERT: certPath, TLS_KEY: keyPath, HOST: host },
    });
    const answer = await fetch(`https://127.0.0.1:${server.port}/healthz`, { client });
    await answer.body?.cancel();
    const header = answer.headers.get("strict-transport-security");
    if (expected === null) assert.equal(header, null);
    else assert.match(header ?? "", expected);
  }
});

test("A server whose certificate has expired does not start, and says so", async () => {
  await using authority = await Authority.create();
  const { certPath, keyPath } = await authority.issue({
    fromMs: Date.now() - 9 * DAY_MS,
    toMs: Date.now() - DAY_MS,
  });
  await using database = await testDatabase();
  await assert.rejects(
    startServer({ databaseUrl: database.url, env: { TLS_CERT: certPath, TLS_KEY: keyPath } }),
    /ended with 2:\n.*Cannot use TLS_CERT: must be valid now, is expired since/s,
  );
});
