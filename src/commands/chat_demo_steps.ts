import { randomBytes } from "node:crypto";
import type { Closable } from "../lifecycle.ts";
import { DEFAULT_ROOM, roomOfSymbol } from "../session/chat_protocol.ts";
import { ensure, type Transcript } from "./demo_ear.ts";
import { DemoProgram } from "./demo_program.ts";
import { DemoRelay } from "./demo_relay.ts";
import { DemoSpeaker } from "./demo_speaker.ts";
import type { DemoStage } from "./demo_stage.ts";

/** What the steps share. */
export interface ChatScene {
  readonly stage: DemoStage;
  readonly transcript: Transcript;
  readonly ada: DemoSpeaker;
  readonly grace: DemoSpeaker;
  /** Closed at the end, whatever happens. */
  readonly opened: Closable[];
}

/** A part of the demonstration: what it shows, and how. It throws when something is not as it says. */
export interface ChatStep {
  readonly title: string;
  play(scene: ChatScene): Promise<void>;
}

/** Bytes that are neither a text nor survive being taken for one. */
const BYTES = Uint8Array.of(0, 255, 16, 128, 13, 10);
const FILE_BYTES = 20_000;
const EVERY_MESSAGE_MAX = 100;

/** In this order. */
export const CHAT_STEPS: readonly ChatStep[] = [
  { title: "What one says, all others hear, and nobody hears themselves", play: talk },
  { title: "Names are changed, and belong to one at a time", play: rename },
  { title: "Bytes and files arrive as they were sent", play: sendBytes },
  { title: "A plain WebSocket is a relay: what it sends and gets is verbatim", play: relay },
  {
    title: "deno task simple-client: the minimal client, with a pipe for a keyboard",
    play: simple,
  },
  { title: "A room of its own hears nothing of the others", play: otherRoom },
  { title: "Who comes later reads what was said before", play: history },
  { title: "A client that vanishes without a word leaves the room", play: vanish },
  { title: "Postgres stops: the chat goes on, and says that nothing is kept", play: databaseAway },
  { title: "The server restarts: nothing is lost, nothing comes twice", play: serverRestart },
];

async function talk({ ada, grace }: ChatScene): Promise<void> {
  ensure(await ada.say("hello grace, 你好 👋"), "the message must be in the history");
  await grace.ear.hears("ada: hello grace, 你好 👋");
  await ada.hearsNothingOf("ada: hello grace, 你好 👋");
  ada.ear.tell("does not hear it back");
  await grace.say("good morning ada");
  await ada.ear.hears("grace: good morning ada");
}

async function rename({ ada, grace }: ChatScene): Promise<void> {
  let refusal: string | undefined;
  try {
    await grace.client.rename(DEFAULT_ROOM, "ADA");
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    refusal = error.message;
  }
  ensure(refusal !== undefined, "a taken name must be refused");
  grace.ear.tell(`asks to be ADA and is refused: ${refusal}`);
  await grace.client.rename(DEFAULT_ROOM, "Grace Hopper");
  grace.ear.tell("asks to be Grace Hopper");
  await ada.ear.hears("* grace is now Grace Hopper");
  const users = await ada.who();
  ensure(users.join() === "ada,Grace Hopper", `ada and Grace Hopper must be there, are ${users}`);
  ada.ear.tell(`sees     ${users.join(" and ")} in the room`);
}

async function sendBytes({ ada, grace }: ChatScene): Promise<void> {
  await ada.send(BYTES);
  await grace.ear.hears("ada: 6 bytes: 00 ff 10 80 0d 0a");
  const file = new Uint8Array(randomBytes(FILE_BYTES));
  await grace.send(file, "chart.png");
  await ada.ear.hears('Grace Hopper: the file "chart.png", 20.0 KB');
  ensure(isSame(ada.received.at(-1), file), "the file must arrive as it was sent");
  ada.ear.tell(`compares the ${FILE_BYTES} random bytes: not one differs`);
}

async function relay({ ada, stage, transcript, opened }: ChatScene): Promise<void> {
  const plain = await DemoRelay.open(transcript, "relay", `${stage.socketUrl}/chat`);
  opened.push(plain);
  const joined = await ada.ear.hears(/^\* guest-\w+ joined$/);
  const guest = joined.split(" ")[1];
  plain.send('{"any":"text"}');
  await ada.ear.hears(`${guest}: {"any":"text"}`);
  await ada.say("to all");
  await plain.ear.hears("to all");
  plain.send(BYTES);
  await ada.ear.hears(`${guest}: 6 bytes: 00 ff 10 80 0d 0a`);
  await ada.send(BYTES);
  await plain.ear.hears("6 bytes: 00 ff 10 80 0d 0a");
  const last = plain.received.at(-1);
  ensure(last instanceof Uint8Array && isSame(last, BYTES), "the relay must get the bytes alone");
  plain.close();
  plain.ear.tell("closes");
  await ada.ear.hears(`* ${guest} left`);
}

async function simple({ ada, stage, transcript, opened }: ChatScene): Promise<void> {
  const program = new DemoProgram(transcript, "student", [
    "run",
    "--allow-net",
    "--allow-env=QUOTEWIRE_TOKEN",
    "examples/simple_client.ts",
    `${stage.socketUrl}/chat`,
  ]);
  opened.push(program);
  const joined = await ada.ear.hears(/^\* guest-\w+ joined$/);
  const guest = joined.split(" ")[1];
  await program.type("typed in a terminal");
  await ada.ear.hears(`${guest}: typed in a terminal`);
  await ada.say("printed in a terminal");
  await program.ear.hears("printed in a terminal");
  const code = await program.end();
  ensure(code === 0, `the program must end with 0, ends with ${code}`);
  program.ear.tell("ends     with exit code 0 at the end of its input");
  await ada.ear.hears(`* ${guest} left`);
}

async function otherRoom({ ada, stage, transcript, opened }: ChatScene): Promise<void> {
  const room = roomOfSymbol("AAPL");
  const url = `${stage.socketUrl}/chat/${encodeURIComponent(room)}`;
  const [linus, barbara] = await Promise.all(
    ["linus", "barbara"].map((name) => DemoSpeaker.enter(transcript, { name, url, room })),
  );
  if (linus === undefined || barbara === undefined) return;
  opened.push(linus, barbara);
  await linus.say("is it the earnings?");
  await barbara.ear.hears("linus: is it the earnings?");
  await ada.hearsNothingOf("linus: is it the earnings?");
  ada.ear.tell(`hears nothing of it in the room ${DEFAULT_ROOM}`);
  linus.close();
  barbara.close();
}

async function history({ ada, stage, transcript, opened }: ChatScene): Promise<void> {
  const url = `${stage.socketUrl}/chat`;
  const edsger = await DemoSpeaker.enter(transcript, {
    name: "edsger",
    url,
    room: DEFAULT_ROOM,
    history: EVERY_MESSAGE_MAX,
  });
  opened.push(edsger);
  await edsger.ear.hears("ada: hello grace, 你好 👋");
  await edsger.ear.hears("grace: good morning ada");
  await edsger.ear.hears('Grace Hopper: the file "chart.png", 20.0 KB');
  await edsger.ear.hears("ada: printed in a terminal");
  edsger.close();
  await ada.ear.hears("* edsger left");
}

async function vanish({ ada, stage, transcript, opened }: ChatScene): Promise<void> {
  const { idleTimeoutMs } = stage.config.limits;
  const url = `${stage.socketUrl}/chat`;
  const program = new DemoProgram(transcript, "mallory", [
    "run",
    "-q",
    "--no-prompt",
    "-P=chat",
    "main.ts",
    "chat",
    url,
    "--username",
    "mallory",
  ]);
  opened.push(program);
  await ada.ear.hears("* mallory joined");
  await program.type("a word from a pipe");
  await ada.ear.hears("mallory: a word from a pipe");
  program.freeze();
  const frozenMs = performance.now();
  await ada.ear.hears("* mallory left");
  const seconds = ((performance.now() - frozenMs) / 1000).toFixed(1);
  ada.ear.tell(`knew it after ${seconds} s: IDLE_TIMEOUT_MS is ${idleTimeoutMs} here`);
  await program.close();
}

async function databaseAway({ ada, grace, stage, transcript }: ChatScene): Promise<void> {
  await stage.stopPostgres();
  transcript.tell("Postgres", "stops");
  await grace.ear.hears("* The database is away: what is said now is not kept");
  ensure(!await ada.say("does anybody hear me?"), "nothing can be stored now");
  ada.ear.tell("is told that the message is not in the history");
  await grace.ear.hears("ada: does anybody hear me?");
  await stage.startPostgres();
  transcript.tell("Postgres", "starts");
  await grace.ear.hears("* What is said now is kept again");
  ensure(await ada.say("this one is kept"), "messages must be stored again");
  await grace.ear.hears("ada: this one is kept");
}

async function serverRestart({ ada, grace, stage, transcript, opened }: ChatScene): Promise<void> {
  await stage.stopServer();
  transcript.tell("server", "stops");
  await ada.ear.until("lose the connection", () => ada.client.state.phase !== "live");
  const message = ada.client.say(DEFAULT_ROOM, "said while the server was away");
  ada.ear.tell("says     said while the server was away");
  await stage.startServer();
  transcript.tell("server", "starts");
  await Promise.all([ada.inRoom(), grace.inRoom()]);
  transcript.tell("both", "are back in the room by themselves");
  ensure(await ada.acknowledged(message), "the message must be stored");
  await grace.ear.hears("ada: said while the server was away");
  await grace.say("and the answer after it");
  await ada.ear.hears("Grace Hopper: and the answer after it");
  const reader = await DemoSpeaker.enter(transcript, {
    name: "reader",
    url: `${stage.socketUrl}/chat`,
    room: DEFAULT_ROOM,
    history: EVERY_MESSAGE_MAX,
  });
  opened.push(reader);
  await reader.ear.hears("Grace Hopper: and the answer after it");
  const kept = [
    "ada: hello grace, 你好 👋",
    "ada: this one is kept",
    "ada: said while the server was away",
    "Grace Hopper: and the answer after it",
  ];
  for (const line of kept) ensureOnce(reader, line);
  ensureOnce(grace, "ada: said while the server was away");
  reader.ear.tell("reads    each message of the history once");
  ensure(reader.ear.count("ada: does anybody hear me?") === 0, "what was not stored is not there");
  reader.ear.tell("does not read what was said while Postgres was away");
}

function ensureOnce({ ear }: DemoSpeaker, line: string): void {
  const count = ear.count(line);
  ensure(count === 1, `${ear.name} must hear "${line}" once, hears it ${count} times`);
}

function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && b.every((byte, index) => a[index] === byte);
}
