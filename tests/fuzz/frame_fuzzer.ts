import { errorText } from "../../src/errors.ts";
import type { TestServer } from "../support/server.ts";
import { Chance } from "./chance.ts";
import { playSession, scriptOf } from "./fuzz_session.ts";

/** A session that showed a fault, and how to see it again. */
export interface Finding {
  readonly seed: number;
  readonly index: number;
  readonly fault: string;
}

const SESSIONS_AT_ONCE = 8;

/**
 * Plays sessions to a server, several at a time, until `isDone` says so, and returns what was found.
 *
 * @param seed determines what each session sends, though not what happens at the same time
 * @param isDone asked before each session, with the number of those before it
 * @param first where to go on in the seed's sessions
 */
export async function fuzzFrames(
  server: TestServer,
  seed: number,
  isDone: (index: number) => boolean,
  first = 0,
): Promise<{ sessions: number; findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  let next = 0;
  const play = async () => {
    while (!isDone(next)) {
      const index = first + next;
      next += 1;
      for (const fault of await faultsOf(server, Chance.seedOf(seed, index))) {
        findings.push({ seed, index, fault });
      }
      // A server that is gone would be found gone by every session after.
      if (findings.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: SESSIONS_AT_ONCE }, play));
  return { sessions: next, findings };
}

/** One session alone. */
export async function fuzzOne(
  server: TestServer,
  seed: number,
  index: number,
): Promise<readonly Finding[]> {
  const faults = await faultsOf(server, Chance.seedOf(seed, index));
  return faults.map((fault) => ({ seed, index, fault }));
}

async function faultsOf(server: TestServer, seed: number): Promise<readonly string[]> {
  try {
    return await playSession(server.port, scriptOf(seed));
  } catch (error) {
    return [`The session ended with: ${errorText(error)}`];
  }
}
