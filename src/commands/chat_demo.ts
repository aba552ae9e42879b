import { errorText, SetupError } from "../errors.ts";
import { type Closable, closeAll } from "../lifecycle.ts";
import { configureLog } from "../log.ts";
import { DEFAULT_ROOM } from "../session/chat_protocol.ts";
import { CHAT_STEPS, type ChatScene } from "./chat_demo_steps.ts";
import type { CommandContext } from "./command.ts";
import type { Transcript } from "./demo_ear.ts";
import { DemoSpeaker } from "./demo_speaker.ts";
import { DemoStage } from "./demo_stage.ts";
import { readFlags } from "./flags.ts";

const NAME_WIDTH = 9;

/**
 * Shows the chat with a real server, a real Postgres and real clients, and ends by itself. Every line is
 * told when it has happened; the first that does not happen in time ends it with exit code 1.
 */
export async function chatDemo(context: CommandContext): Promise<number> {
  readFlags("demo-chat", context.args, {});
  const startedMs = performance.now();
  const transcript: Transcript = {
    tell: (who, what) => context.print(`   ${who.padEnd(NAME_WIDTH)}${what}`),
    signal: context.signal,
  };
  const opened: Closable[] = [];
  try {
    const stage = await DemoStage.prepare(context.env, context.signal);
    opened.push(stage);
    await configureLog(stage.config.log);
    const scene = await begin(context, transcript, stage, opened);
    for (const [index, step] of CHAT_STEPS.entries()) {
      context.print(`\n${index + 1}. ${step.title}`);
      await play(step.title, context.signal, () => step.play(scene));
    }
  } finally {
    await closeAll(opened);
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  context.print(
    `\nEverything above has happened. It took ${seconds} s, and nothing of it is left.`,
  );
  return 0;
}

async function begin(
  context: CommandContext,
  transcript: Transcript,
  stage: DemoStage,
  opened: Closable[],
): Promise<ChatScene> {
  context.print("A server, a database and two people");
  return await play("The beginning", context.signal, async () => {
    await stage.startPostgres();
    transcript.tell("Postgres", "starts in a folder that is deleted afterwards");
    await stage.startServer();
    transcript.tell("server", `starts on ${stage.socketUrl}/chat`);
    const url = `${stage.socketUrl}/chat`;
    const ada = await DemoSpeaker.enter(transcript, { name: "ada", url, room: DEFAULT_ROOM });
    opened.push(ada);
    const grace = await DemoSpeaker.enter(transcript, { name: "grace", url, room: DEFAULT_ROOM });
    opened.push(grace);
    await ada.ear.hears("* grace joined");
    return { stage, transcript, ada, grace, opened };
  });
}

/** Says which step it was that failed. */
async function play<T>(title: string, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new SetupError(`Cannot show "${title}": ${errorText(error)}`, { cause: error });
  }
}
