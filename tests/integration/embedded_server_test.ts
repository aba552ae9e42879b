import assert from "node:assert/strict";
import { join } from "node:path";
import { SYSTEM_DIRECTORY } from "../../src/db/embedded_binaries.ts";
import { type EmbeddedServer, startEmbeddedServer } from "../../src/db/embedded_server.ts";
import { SetupError } from "../../src/errors.ts";
import { runningReport, startEmbeddedProcess } from "../support/embedded_process.ts";
import { query } from "../support/query.ts";
import { waitFor } from "../support/wait_for.ts";

// What applies depends on who runs the tests and where, so the ways that were run are printed.
const IS_ROOT = Deno.uid() === 0;
const HAS_PROC = Deno.build.os === "linux";
const NOBODY = 65_534;

Deno.test("startEmbeddedServer() keeps its data for the next start", async () => {
  await using folder = await testFolder();
  const first = await startEmbeddedServer({ directory: folder.postgres });
  await query(first.url, (sql) => sql`create table kept as select 7 as number`);
  await first.close();
  await using second = await started(folder.postgres);
  const rows = await query(second.url, (sql) => sql`select number from kept`);
  assert.deepEqual([...rows], [{ number: 7 }]);
});

Deno.test("startEmbeddedServer() runs Postgres 18 with a database stockdb, on 127.0.0.1 alone", async () => {
  await using folder = await testFolder();
  await using server = await started(folder.postgres);
  assert.match(server.url, /^postgres:\/\/quotewire:[\w-]{32}@127\.0\.0\.1:\d+\/stockdb$/);
  const rows = await query(
    server.url,
    (sql) =>
      sql`select current_setting('listen_addresses') as address,
        current_setting('unix_socket_directories') as sockets,
        current_setting('server_version_num')::int / 10000 as version`,
  );
  assert.deepEqual([...rows], [{ address: "127.0.0.1", sockets: "", version: 18 }]);
});

Deno.test("startEmbeddedServer() refuses a wrong password", async () => {
  await using folder = await testFolder();
  await using server = await started(folder.postgres);
  const url = new URL(server.url);
  url.password = "guessed";
  await assert.rejects(query(url.href, (sql) => sql`select 1`), /password authentication failed/);
});

Deno.test("startEmbeddedServer() shows its password neither in the process list nor in the log, nor to other users", async () => {
  await using folder = await testFolder();
  await using server = await started(folder.postgres);
  const { password } = new URL(server.url);
  const list = await new Deno.Command("ps", { args: ["-A", "-ww", "-o", "args"] }).output();
  const log = await Deno.readTextFile(join(folder.postgres, "postgres.log"));
  const { mode } = await Deno.stat(join(folder.postgres, "password"));
  assert.ok(!new TextDecoder().decode(list.stdout).includes(password));
  assert.ok(!log.includes(password));
  assert.equal((mode ?? 0) & 0o777, 0o600);
});

testWhere(
  HAS_PROC,
  "startEmbeddedServer() gives Postgres a session of its own, out of reach of the terminal's Ctrl-C",
  async () => {
    await using folder = await testFolder();
    await using server = await started(folder.postgres);
    assert.notEqual(await sessionOf(server.processId), await sessionOf(Deno.pid));
  },
);

Deno.test("startEmbeddedServer() stops the Postgres of a process that was killed", async () => {
  await using folder = await testFolder();
  await using holder = startEmbeddedProcess(folder.postgres);
  const orphan = await runningReport(holder);
  await query(orphan.url, (sql) => sql`create table kept as select 7 as number`);
  await holder.kill();
  await query(orphan.url, (sql) => sql`select 1`);
  await using server = await started(folder.postgres);
  const rows = await query(server.url, (sql) => sql`select number from kept`);
  assert.deepEqual([...rows], [{ number: 7 }]);
  await waitFor("the orphan to be gone", () => !isAlive(orphan.processId));
});

Deno.test("startEmbeddedServer() starts again after Postgres itself was killed", async () => {
  await using folder = await testFolder();
  const first = await startEmbeddedServer({ directory: folder.postgres });
  await query(first.url, (sql) => sql`create table kept as select 7 as number`);
  Deno.kill(first.processId, "SIGKILL");
  await first.close();
  await using second = await started(folder.postgres);
  const rows = await query(second.url, (sql) => sql`select number from kept`);
  assert.deepEqual([...rows], [{ number: 7 }]);
});

// After a reboot the process id in a leftover postmaster.pid often belongs to some other program of the
// same user. Postgres then refuses to start, and "pg_ctl stop" would interrupt that program.
Deno.test("startEmbeddedServer() does not mistake another program for its Postgres", async () => {
  await using folder = await testFolder();
  const first = await startEmbeddedServer({ directory: folder.postgres });
  const pidFile = join(first.directory, "data", "postmaster.pid");
  const text = await Deno.readTextFile(pidFile);
  const owner = await Deno.stat(pidFile);
  await first.close();
  const bystander = new Deno.Command("sleep", {
    args: ["60"],
    ...(IS_ROOT ? { uid: owner.uid ?? 0, gid: owner.gid ?? 0 } : {}),
  }).spawn();
  try {
    await Deno.writeTextFile(pidFile, text.replace(/^\d+/, `${bystander.pid}`));
    if (IS_ROOT) await Deno.chown(pidFile, owner.uid, owner.gid);
    await using _second = await started(folder.postgres);
    assert.equal(isAlive(bystander.pid), true);
  } finally {
    bystander.kill("SIGKILL");
    await bystander.status;
  }
});

Deno.test("startEmbeddedServer() names the folder and the process when the folder is in use", async () => {
  await using folder = await testFolder();
  await using holder = startEmbeddedProcess(folder.postgres);
  await runningReport(holder);
  await assertSetupError(
    startEmbeddedServer({ directory: folder.postgres }),
    `Cannot use ${folder.postgres} for Postgres: must be used by one Quotewire at a time, is in ` +
      `use by process ${holder.processId}. Stop it (kill ${holder.processId}), or set ` +
      `DATABASE_URL=embedded:DIR to another folder.`,
  );
});

Deno.test("startEmbeddedServer() leaves a folder alone that has something else in it", async () => {
  await using folder = await testFolder();
  await Deno.mkdir(folder.postgres);
  await Deno.writeTextFile(join(folder.postgres, "thesis.txt"), "mine");
  await assertSetupError(
    startEmbeddedServer({ directory: folder.postgres }),
    /has 1 other entries/,
  );
  assert.deepEqual([...Deno.readDirSync(folder.postgres)].map(({ name }) => name), ["thesis.txt"]);
});

Deno.test("startEmbeddedServer() leaves the data of another Postgres alone", async () => {
  await using folder = await testFolder();
  await Deno.mkdir(folder.postgres);
  await Deno.writeTextFile(join(folder.postgres, "PG_VERSION"), "18\n");
  await assertSetupError(
    startEmbeddedServer({ directory: folder.postgres }),
    /has the data of another Postgres\. Start that one yourself/,
  );
});

Deno.test("startEmbeddedServer() refuses data of another major version", async () => {
  await using folder = await testFolder();
  await using server = await started(folder.postgres);
  await server.close();
  await Deno.writeTextFile(join(server.directory, "data", "PG_VERSION"), "15\n");
  await assertSetupError(
    startEmbeddedServer({ directory: folder.postgres }),
    /the data must be of version 18, is of version 15\. Move it over with pg_dump/,
  );
});

Deno.test("startEmbeddedServer() refuses data whose password is lost", async () => {
  await using folder = await testFolder();
  await using server = await started(folder.postgres);
  await server.close();
  await Deno.remove(join(server.directory, "password"));
  await assertSetupError(
    startEmbeddedServer({ directory: folder.postgres }),
    /password must hold its password, is missing/,
  );
});

Deno.test("startEmbeddedServer() refuses a file in place of the folder", async () => {
  await using folder = await testFolder();
  await Deno.writeTextFile(folder.postgres, "");
  await assertSetupError(startEmbeddedServer({ directory: folder.postgres }), /^Cannot use /);
});

Deno.test("startEmbeddedServer() recovers from a start that was killed while it made the data", async () => {
  await using folder = await testFolder();
  await using holder = startEmbeddedProcess(folder.postgres);
  await waitFor("initdb to be at work", async () => {
    const names = await namesIn(folder.postgres);
    const unfinished = names.find((name) => name.startsWith("unfinished-"));
    return unfinished !== undefined && await exists(join(folder.postgres, unfinished, "base"));
  });
  await holder.kill();
  assert.equal(await exists(join(folder.postgres, "data")), false);
  await using server = await started(folder.postgres);
  assert.equal((await query(server.url, (sql) => sql`select 1`)).length, 1);
  await server.close();
  await waitFor("the orphaned initdb's folder to be removed", async () => {
    await using _next = await started(folder.postgres);
    return !(await namesIn(folder.postgres)).some((name) => name.startsWith("unfinished-"));
  });
});

Deno.test("startEmbeddedServer() shows the end of Postgres' log when Postgres does not start", async () => {
  await using folder = await testFolder();
  await assertSetupError(
    startEmbeddedServer({ directory: folder.postgres, settings: { max_connections: "many" } }),
    /The end of .*postgres\.log:\n(.|\n)*invalid value for parameter "max_connections": "many"/,
  );
});

Deno.test("startEmbeddedServer() leaves nothing running when it is told to stop", async () => {
  await using folder = await testFolder();
  const controller = new AbortController();
  const start = startEmbeddedServer({ directory: folder.postgres, signal: controller.signal });
  const refused = assert.rejects(start, { name: "AbortError" });
  await waitFor("Postgres to be started", () => exists(join(folder.postgres, "postgres.log")));
  controller.abort();
  await refused;
  assert.equal(await exists(join(folder.postgres, "data", "postmaster.pid")), false);
  await using server = await started(folder.postgres);
  assert.ok(server.processId > 0);
});

Deno.test("EmbeddedServer.close() may be called twice", async () => {
  await using folder = await testFolder();
  const server = await startEmbeddedServer({ directory: folder.postgres });
  await Promise.all([server.close(), server.close()]);
  await server.close();
  await waitFor("Postgres to be gone", () => !isAlive(server.processId));
});

Deno.test("startEmbeddedServer() runs for an ordinary user as that user", async () => {
  await using folder = await testFolder();
  if (!IS_ROOT) {
    tell(`Run in this process, as user ${Deno.uid()}`);
    await using server = await started(folder.postgres);
    assert.equal((await Deno.stat(join(server.directory, "data"))).uid, Deno.uid());
    return;
  }
  tell(`Run in a process of its own, as user ${NOBODY}`);
  await Deno.chown(folder.path, NOBODY, NOBODY);
  const cacheDirectory = join(folder.path, "deno");
  await using holder = startEmbeddedProcess(folder.postgres, { uid: NOBODY, cacheDirectory });
  const { url, directory } = await runningReport(holder);
  assert.equal((await query(url, (sql) => sql`select 1`)).length, 1);
  assert.equal((await Deno.stat(join(directory, "data"))).uid, NOBODY);
});

Deno.test("startEmbeddedServer() refuses a folder that the user cannot write", async () => {
  await using folder = await testFolder();
  await Deno.mkdir(folder.postgres);
  await Deno.chmod(folder.postgres, 0o555);
  const pattern = /^Cannot use .*: Permission denied.*Make it a folder that this account can write/;
  if (!IS_ROOT) {
    tell(`Run in this process, as user ${Deno.uid()}`);
    return await assertSetupError(startEmbeddedServer({ directory: folder.postgres }), pattern);
  }
  tell(`Run in a process of its own, as user ${NOBODY}`);
  const cacheDirectory = join(folder.path, "deno");
  await Deno.mkdir(cacheDirectory);
  await Deno.chown(cacheDirectory, NOBODY, NOBODY);
  await using holder = startEmbeddedProcess(folder.postgres, { uid: NOBODY, cacheDirectory });
  const report = await holder.report();
  assert.match("fault" in report ? report.fault : "no fault", pattern);
});

testWhere(IS_ROOT && HAS_PROC, "startEmbeddedServer() never runs Postgres as root", async () => {
  await using folder = await testFolder();
  await using server = await started(folder.postgres);
  const status = await Deno.readTextFile(`/proc/${server.processId}/status`);
  assert.match(status, /^Uid:\s+([1-9]\d*)\s+\1\s+\1\s+\1$/m);
  assert.match(status, /^Gid:\s+([1-9]\d*)\s+\1\s+\1\s+\1$/m);
  assert.doesNotMatch(status, /^Groups:.*\b0\b/m);
});

// The account that Postgres runs as can neither read the programs in the checkout nor write beside
// them when root works where only root can go, such as below /root.
testWhere(
  IS_ROOT && HAS_PROC,
  "startEmbeddedServer() serves root in a checkout that only root can enter",
  async () => {
    await using folder = await testFolder();
    await Deno.chmod(folder.path, 0o700);
    const checkout = join(folder.path, "checkout");
    await copyCheckout(checkout);
    const directory = join(checkout, ".data", "postgres");
    const binariesWereThere = await exists(SYSTEM_DIRECTORY);
    let target = "";
    try {
      for (const _start of [1, 2]) {
        await using holder = startEmbeddedProcess(directory, { checkout });
        const report = await runningReport(holder);
        target = report.directory;
        assert.match(target, /^\/var\/lib\/quotewire\/postgres-/);
        assert.equal(await Deno.readLink(directory), target);
        await query(report.url, (sql) => sql`create table if not exists kept (number int)`);
        await query(report.url, (sql) => sql`insert into kept values (7)`);
        const program = await Deno.readLink(`/proc/${report.processId}/exe`);
        assert.match(program, /^\/var\/lib\/quotewire\/binaries-/);
      }
      await using again = startEmbeddedProcess(directory, { checkout });
      const { url } = await runningReport(again);
      assert.equal((await query(url, (sql) => sql`select * from kept`)).length, 2);
    } finally {
      if (!binariesWereThere) await Deno.remove(SYSTEM_DIRECTORY, { recursive: true });
      else if (target !== "") await Deno.remove(target, { recursive: true });
    }
  },
);

interface TestFolder extends AsyncDisposable {
  readonly path: string;
  /** Inside it; does not exist yet. */
  readonly postgres: string;
}

async function testFolder(): Promise<TestFolder> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "quotewire-embedded-" }));
  await Deno.chmod(path, 0o755);
  return {
    path,
    postgres: join(path, "postgres"),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

async function started(directory: string): Promise<EmbeddedServer & AsyncDisposable> {
  const server = await startEmbeddedServer({ directory });
  return { ...server, [Symbol.asyncDispose]: () => server.close() };
}

async function assertSetupError(work: Promise<unknown>, message: string | RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof SetupError, `not a SetupError: ${error}`);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

async function copyCheckout(to: string): Promise<void> {
  const from = new URL("../../", import.meta.url).pathname;
  await Deno.mkdir(join(to, "tests"), { recursive: true });
  await Deno.mkdir(join(to, "static", "app"), { recursive: true });
  for (
    const name of ["deno.json", "src", "node_modules", "tests/support", "static/app/deno.json"]
  ) {
    const { success } = await new Deno.Command("cp", {
      args: ["-R", join(from, name), join(to, name)],
    }).output();
    assert.ok(success, `cp ${name}`);
  }
}

/** A test that can only be run here when `possible`; otherwise says that it is not. */
function testWhere(possible: boolean, name: string, run: () => Promise<void>): void {
  if (possible) Deno.test(name, run);
  else tell(`Not run on ${Deno.build.os} as user ${Deno.uid()}: ${name}`);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  if (!await exists(directory)) return [];
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
}

function tell(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** SIGCONT changes nothing in a process that runs. */
function isAlive(processId: number): boolean {
  try {
    Deno.kill(processId, "SIGCONT");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function sessionOf(processId: number): Promise<string | undefined> {
  const stat = await Deno.readTextFile(`/proc/${processId}/stat`);
  // The name, in brackets, may hold blanks; then come state, parent, group, session.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3];
}
