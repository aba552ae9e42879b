import assert from "node:assert/strict";
import { readArguments } from "../../src/commands/flags.ts";
import { ConfigError } from "../../src/errors.ts";
import { testDatabase } from "../support/postgres.ts";
import { processState } from "../support/process_state.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";
import { Chance } from "./chance.ts";
import { type Finding, fuzzFrames, fuzzOne } from "./frame_fuzzer.ts";
import { scriptOf } from "./fuzz_session.ts";
import { Witnesses } from "./witnesses.ts";

const USAGE = `Sends random frames to a real server and watches it and its other clients.

  deno task fuzz [--seconds=60] [--sessions=N] [--seed=S] [--session=I]

  --seed=S      a whole number from 0 to 4294967295; without it a fresh one, which is printed
  --sessions=N  ends after so many sessions, instead of after so many seconds
  --session=I   plays this one session of the seed alone, and prints what it sends`;

const SECONDS = 60;
const ROUND_SESSIONS = 2000;
const SETTLE_DEADLINE_MS = 60_000;

/** Ends with 0 when nothing was found, with 1 when something was, and with 2 when it cannot be run so. */
async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  print(`Seed ${options.seed}`);
  await using database = await testDatabase();
  await using server = await startServer({
    databaseUrl: database.url,
    env: {
      WORKERS: "1",
      FEED_MODE: "listen",
      LOG_LEVEL: "warning",
      // All come from one address, and none is to be spared.
      MAX_CHAT_BYTES_PER_SECOND: "1073741824",
    },
  });
  await using witnesses = await Witnesses.connect(server.socketUrl, database.url);
  if (options.session !== undefined) {
    describeSession(options.seed, options.session);
    const findings = await fuzzOne(server, options.seed, options.session);
    await witnesses.check(1);
    return report(findings, server);
  }
  const endMs = performance.now() + options.seconds * 1000;
  for (let sessions = 0, price = 1; sessions < options.sessions; price += 1) {
    const first = sessions;
    const endIndex = Math.min(options.sessions, first + ROUND_SESSIONS);
    const round = await fuzzFrames(
      server,
      options.seed,
      (index) => first + index >= endIndex || performance.now() >= endMs,
      first,
    );
    sessions += round.sessions;
    await witnesses.check(price);
    const state = await waitFor("the connections to be let go", async () => {
      const now = await processState(server.pid, server.port);
      return now.acceptedSockets === Witnesses.COUNT && now;
    }, SETTLE_DEADLINE_MS);
    const megabytes = Math.round(state.residentBytes / 2 ** 20);
    print(`${sessions} sessions, ${megabytes} MiB, ${state.descriptors} descriptors`);
    if (round.findings.length > 0 || performance.now() >= endMs) {
      return report(round.findings, server);
    }
  }
  return report([], server);
}

interface Options {
  readonly seed: number;
  readonly seconds: number;
  readonly sessions: number;
  readonly session: number | undefined;
}

function readOptions(args: string[]): Options {
  const { flags, values } = readArguments("fuzz", args, {
    seed: "string",
    seconds: "string",
    sessions: "string",
    session: "string",
  }, { usage: USAGE });
  const whole = (name: keyof typeof flags, fallback: number) =>
    flags[name] === undefined
      ? fallback
      : values.integer(`--${name}`, { default: fallback, min: 0, max: Chance.SEED_MAX });
  const options = {
    seed: whole("seed", Chance.freshSeed()),
    seconds: whole("seconds", flags.sessions === undefined ? SECONDS : Infinity),
    sessions: whole("sessions", Infinity),
    session: flags.session === undefined ? undefined : whole("session", 0),
  };
  values.throwFaults();
  return options;
}

function describeSession(seed: number, index: number): void {
  const script = scriptOf(Chance.seedOf(seed, index));
  print(`${script.endpoint.path} ${script.endpoint.protocol ?? "without a subprotocol"}`);
  for (const bytes of script.writes) {
    print(
      `  ${bytes.length} bytes ${bytes.subarray(0, 64).toHex()}${bytes.length > 64 ? "…" : ""}`,
    );
  }
  print(`  then ${script.end}, ${script.isReading ? "reading" : "not reading"}`);
}

function report(findings: readonly Finding[], server: TestServer): number {
  for (const { seed, index, fault } of findings) {
    print(`${fault}\n  deno task fuzz --seed=${seed} --session=${index}`);
  }
  const complaints = server.lines.filter((line) => /\berror\b|Uncaught/.test(line));
  for (const line of complaints) print(`The server says: ${line}`);
  const count = findings.length + complaints.length;
  print(count === 0 ? "Nothing found" : `${count} found`);
  return count === 0 ? 0 : 1;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    if (error instanceof ConfigError) {
      print(error.message);
      Deno.exitCode = 2;
    } else if (error instanceof assert.AssertionError) {
      print(`A witness was harmed, or the server: ${error.message}`);
      Deno.exitCode = 1;
    } else throw error;
  }
}
