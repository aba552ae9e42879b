import { freePort } from "../tests/support/free_port.ts";
import type { Bench } from "./bench.ts";
import { type Load, streamArgs } from "./generator.ts";
import { PinnedProcess } from "./pinned_process.ts";

/** Quotewire's subprotocols that the benchmark compares. */
export const PROTOCOLS = ["quotewire.v1.json", "quotewire.v1.deflate"] as const;

/** One of them. */
export type Protocol = (typeof PROTOCOLS)[number];

const PROBE: Load = { clients: 1, symbols: 1, updatesPerSecond: 1, batchMs: 1000, seconds: 1 };
const START_DEADLINE_MS = 30_000;

const spoken = new WeakMap<Bench, Map<Protocol, Promise<string | undefined>>>();

/** Why this server cannot be measured under a subprotocol; undefined when it can. */
export async function whyNot(bench: Bench, protocol: Protocol): Promise<string | undefined> {
  const answers = spoken.get(bench) ?? new Map<Protocol, Promise<string | undefined>>();
  spoken.set(bench, answers);
  const answer = answers.get(protocol) ?? probe(bench, protocol);
  answers.set(protocol, answer);
  return await answer;
}

async function probe(bench: Bench, protocol: Protocol): Promise<string | undefined> {
  const port = freePort();
  const { command, args } = await bench.tool("quotewire");
  await using server = new PinnedProcess({ command, args: [...args, ...streamArgs(PROBE, port)] });
  await server.line("ready", START_DEADLINE_MS);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, protocol);
  const opened = await new Promise<boolean>((resolve) => {
    socket.onopen = () => resolve(true);
    socket.onerror = () => resolve(false);
  });
  socket.close();
  return opened ? undefined : `the server does not speak ${protocol}`;
}
