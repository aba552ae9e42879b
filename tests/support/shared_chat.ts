import { type ChatDialogue, joinChat } from "./chat.ts";
import { FaultProxy } from "./fault_proxy.ts";
import { type TestNats, testNats } from "./nats.ts";
import { type TestCluster, testCluster, testDatabase } from "./postgres.ts";
import { startServer, type TestServer } from "./server.ts";
import { waitFor } from "./wait_for.ts";

const DEADLINE_MS = 30_000;

/** Two servers on one database that share one chat over a NATS server of their own. */
export interface SharedChatStage extends AsyncDisposable {
  readonly nats: TestNats;
  readonly servers: readonly [TestServer, TestServer];
  /** A room in which nobody has been, on the one server and the other. */
  room(): [string, string];
}

/** As `SharedChatStage`, with a Postgres that may be stopped. */
export interface FaultyDatabaseStage extends SharedChatStage {
  readonly cluster: TestCluster;
  /** The first server's way to it. */
  readonly proxy: FaultProxy;
}

/** A test on a stage. @param urls of a room of its own, on the one server and the other */
export type StageRun<Stage> = (urls: [string, string], stage: Stage) => Promise<void>;

/** Starts two servers, which take messages of 2 MB. */
export async function startSharedChat(): Promise<SharedChatStage> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await testDatabase());
  const nats = stack.use(await testNats());
  return await start(stack.move(), nats, [database.url, database.url]);
}

/** Starts two servers on a Postgres of their own. */
export async function startFaultyDatabase(): Promise<FaultyDatabaseStage> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await testCluster());
  const proxy = stack.use(await FaultProxy.start(cluster.url));
  const nats = stack.use(await testNats());
  await using opened = new AsyncDisposableStack();
  const stage = opened.use(await start(stack.move(), nats, [proxy.url, cluster.url]));
  await Promise.all(stage.room().map(kept));
  opened.move();
  return { ...stage, cluster, proxy };
}

/** Waits until a server keeps what is said: on a busy machine it finds its database late, and says so to nobody. */
async function kept(url: string): Promise<void> {
  await using client = await joinChat(url, "early");
  await waitFor("the history to be kept", async () => {
    return (await client.ask({ type: "message", content: "kept?" })).stored;
  }, DEADLINE_MS);
}

/** A test that leaves running what it shares with others, in a room of its own on both servers. */
export function stageTest<Stage extends SharedChatStage>(
  stage: () => Stage | undefined,
  name: string,
  run: StageRun<Stage>,
): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const started = stage();
      if (started === undefined) throw new Error("Cannot test: the stage must have been started");
      await run(started.room(), started);
    },
  });
}

/** Two clients that are in a room, each on one of the servers, and know of each other. */
export async function joinBoth(
  [one, other]: readonly [string, string],
): Promise<AsyncDisposable & { readonly ada: ChatDialogue; readonly grace: ChatDialogue }> {
  await using stack = new AsyncDisposableStack();
  const ada = stack.use(await joinChat(one, "ada"));
  const grace = stack.use(await joinChat(other, "grace"));
  await present(ada, ["ada", "grace"]);
  await present(grace, ["ada", "grace"]);
  const opened = stack.move();
  return { ada, grace, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Texts that a client heard live, in their order. */
export function texts({ received }: ChatDialogue): unknown[] {
  return received.filter(({ kind }) => kind === "text").map(({ content }) => content);
}

/** Waits until a client has heard so many texts, and they are these. */
export async function heard(client: ChatDialogue, expected: readonly string[]): Promise<void> {
  const isMany = () => texts(client).length >= expected.length;
  await waitFor(`${expected.length} texts`, isMany, DEADLINE_MS);
  const found = texts(client);
  if (found.join() !== expected.join()) {
    throw new Error(`Heard ${found.join()} instead of ${expected.join()}`);
  }
}

/** Waits until a client was last told that these are in the room. */
export async function present(client: ChatDialogue, users: readonly string[]): Promise<void> {
  await waitFor(`${users} to be there`, () => {
    const told = client.received.findLast(({ type }) => type === "presence");
    return JSON.stringify(told?.users) === JSON.stringify(users);
  }, DEADLINE_MS);
}

/** Waits until a client has been told of an event, now or before. */
export async function hadEvent(client: ChatDialogue, wanted: string): Promise<void> {
  const had = () => client.received.some(({ event }) => event === wanted);
  await waitFor(wanted, had, DEADLINE_MS);
}

/** @param stack with what they stand on, which ends after them */
async function start(
  stack: AsyncDisposableStack,
  nats: TestNats,
  databaseUrls: readonly [string, string],
): Promise<SharedChatStage> {
  const env = { BACKBONE: nats.url, WORKERS: "1", MAX_MESSAGE_BYTES: "2000000" };
  const [one, other] = databaseUrls;
  const servers = await Promise.all([
    startServer({ databaseUrl: one, env }),
    startServer({ databaseUrl: other, env }),
  ]);
  for (const server of servers) stack.use(server);
  let rooms = 0;
  return {
    nats,
    servers,
    room() {
      rooms += 1;
      const [first, second] = servers;
      return [`${first.socketUrl}/chat/room-${rooms}`, `${second.socketUrl}/chat/room-${rooms}`];
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
