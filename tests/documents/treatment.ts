import assert from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import { readProjectFile } from "../support/project_files.ts";
import { waitFor } from "../support/wait_for.ts";
import type { CommandStage } from "./command_stage.ts";
import type { Shell, ShellResult } from "./shell.ts";

/** What a test does with a command of the documents. */
export type Treatment = (command: string, stage: CommandStage) => Promise<void>;

/** How a command is run that ends by itself. */
export interface EndOptions {
  /** What it prints, on either output. */
  readonly prints?: RegExp;
  /** @default {0} */
  readonly code?: number;
  readonly input?: string;
  /** Changes the command: to what can be run here, or to a run that is short. */
  readonly typed?: (command: string, stage: CommandStage) => string | Promise<string>;
  readonly env?: Record<string, string>;
}

/** How a command is run that goes on until somebody stops it. */
export interface StayOptions extends Omit<EndOptions, "code" | "prints"> {
  /** Whether it does what it should, by now; asked again and again. */
  readonly does?: (shell: Shell, url: string, stage: CommandStage) => boolean | Promise<boolean>;
  /** Whether it speaks TLS, with a certificate of the stage's authority. @default {false} */
  readonly tls?: boolean;
}

const DEADLINE_MS = 60_000;
/** Of a Ctrl-C: `deno task` reports the signal, or what the program ended with. */
const STOPPED = [0, 130];

/** The command is run to its end. */
export function ends(options: EndOptions = {}): Treatment {
  return async (command, stage) => {
    const { typed = (text) => text, code = 0, prints = /(?:)/, ...rest } = options;
    await using shell = stage.run(await typed(command, stage), rest);
    const result = await shell.end(DEADLINE_MS);
    assert.equal(result.code, code, result.output);
    assert.match(result.output, prints);
  };
}

/** The command is started as a server on a port of its own, asked whether it is healthy, and stopped. */
export function serves(options: StayOptions = {}): Treatment {
  return async (command, stage) => {
    const { typed = (text) => text, does = () => true, tls = false, ...rest } = options;
    const port = freePort();
    const text = await typed(command, stage);
    using client = Deno.createHttpClient({ caCerts: tls ? [await stage.authority()] : [] });
    await using shell = stage.run(text, { ...rest, port });
    const url = `${tls ? "https" : "http"}://127.0.0.1:${port}`;
    await shell.reaches("serve", () => isHealthy(url, client), DEADLINE_MS);
    await shell.reaches("do as it says", () => does(shell, url, stage), DEADLINE_MS);
    await stop(shell);
    await waitFor("the port to be free", async () => !await isHealthy(url, client), DEADLINE_MS);
  };
}

/** The command is started, waited for until it prints this, and stopped. */
export function shows(expected: RegExp, options: Omit<StayOptions, "does"> = {}): Treatment {
  return stays({ ...options, does: (shell) => expected.test(shell.output) });
}

/** The command is started, waited for until it does what it should, and stopped. */
export function stays(options: StayOptions): Treatment {
  return async (command, stage) => {
    const { typed = (text) => text, does = () => true, ...rest } = options;
    await using shell = stage.run(await typed(command, stage), rest);
    const { url } = stage.server;
    await shell.reaches("do as it says", () => does(shell, url, stage), DEADLINE_MS);
    await stop(shell);
  };
}

/** The command is run by another test. @param text what of the command is in that test's file */
export function testedBy(path: string, text: string): Treatment {
  return async () => {
    const source = await readProjectFile(path);
    assert.ok(source.includes(text), `${path} must have "${text}", or it does not run the command`);
  };
}

/**
 * The command cannot be run by tests.
 *
 * @param reason why not, in a few words
 * @param check holds of it what can be held without running it
 */
export function notRun(
  reason: string,
  check: (command: string) => void | Promise<void>,
): Treatment {
  return async (command) => {
    assert.ok(reason.length > 0);
    await check(command);
  };
}

/** As Ctrl-C in a terminal does. */
async function stop(shell: Shell): Promise<ShellResult> {
  shell.signal("SIGINT");
  const result = await shell.end(DEADLINE_MS);
  assert.ok(STOPPED.includes(result.code), `ended with ${result.code}:\n${result.output}`);
  return result;
}

async function isHealthy(url: string, client: Deno.HttpClient): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`, { client });
    await response.body?.cancel();
    return response.ok;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
