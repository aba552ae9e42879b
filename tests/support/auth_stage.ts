import { testDatabase } from "./postgres.ts";
import { startServer } from "./server.ts";
import { processTest, type ServerStage } from "./server_stage.ts";
import { JWT_SECRET } from "./tokens.ts";
import { insertPrices } from "./dashboard.ts";
import { waitFor } from "./wait_for.ts";

/** A static token of "desk", which everything is allowed to. */
export const DESK_TOKEN = "desk-token-0123456789abcdef";

/** A server that asks for tokens, over a database with a price of each of the symbols A, B and C. */
export interface AuthStage extends ServerStage, AsyncDisposable {
  /** Asks the API; without a token where that is left out. */
  ask(path: string, token?: string, method?: string): Promise<Response>;
}

/** Every kind of socket: its path, and the subprotocol that it is asked for. */
export const SOCKETS = [
  { name: "classic", path: "/", protocol: null },
  { name: "v1", path: "/ws", protocol: "quotewire.v1.json" },
  { name: "compressed v1", path: "/ws", protocol: "quotewire.v1.deflate" },
  { name: "echo", path: "/echo", protocol: null },
  { name: "events", path: "/events?topics=random,prices", protocol: null },
  { name: "chat", path: "/chat", protocol: "quotewire.chat.v1" },
  { name: "relay", path: "/chat", protocol: null },
] as const;

/** Starts it, and waits until it serves the prices. */
export async function authStage(env: Record<string, string> = {}): Promise<AuthStage> {
  const database = await testDatabase();
  await insertPrices(
    database.url,
    ["A", "B", "C"].map((symbol) => ({ symbol, price: 1 })),
  );
  const server = await startServer({
    databaseUrl: database.url,
    env: {
      FEED_MODE: "listen",
      AUTH_TOKENS: `desk:${DESK_TOKEN}`,
      AUTH_JWT_SECRET: JWT_SECRET,
      ...env,
    },
  });
  const ask = (path: string, token?: string, method = "GET") =>
    fetch(`${server.url}${path}`, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  await waitFor("the prices to be served", async () => {
    const answer = await (await ask("/api/prices", DESK_TOKEN)).json();
    return answer.quotes.length === 3;
  });
  return {
    database,
    server,
    ask,
    async [Symbol.asyncDispose]() {
      await server.close();
      await database.close();
    },
  };
}

/** A test with such a server. */
export function authTest(
  name: string,
  run: (stage: AuthStage) => Promise<void>,
  env: Record<string, string> = {},
): void {
  processTest(name, async () => {
    await using stage = await authStage(env);
    await run(stage);
  });
}
