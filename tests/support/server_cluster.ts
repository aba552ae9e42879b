import { CLUSTER_ROLES, type ClusterRole } from "../../src/metric_names.ts";
import { insertPrices, type NewPrice } from "./dashboard.ts";
import { type TestNats, testNats } from "./nats.ts";
import { type TestDatabase, testDatabase } from "./postgres.ts";
import { figure, scrape } from "./prometheus_text.ts";
import { startServer, type TestServer } from "./server.ts";
import { waitFor } from "./wait_for.ts";

const DEADLINE_MS = 30_000;

/** Several servers on one database, and the NATS over which they meet. */
export class ServerCluster implements AsyncDisposable {
  readonly nats: TestNats;
  readonly database: TestDatabase;
  /** In the order in which they were started, those that were killed among them. */
  readonly servers: readonly TestServer[];
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    parts: Pick<ServerCluster, "nats" | "database" | "servers">,
  ) {
    this.#stack = stack;
    this.nats = parts.nats;
    this.database = parts.database;
    this.servers = parts.servers;
  }

  /** Starts that many servers, with these prices in the table; resolves when one leads and all others follow. */
  static async start(count: number, prices: readonly NewPrice[]): Promise<ServerCluster> {
    const stack = new AsyncDisposableStack();
    const nats = stack.use(await testNats());
    const database = stack.use(await testDatabase());
    await insertPrices(database.url, prices);
    const env = { FEED_MODE: "listen", WORKERS: "1", BACKBONE: nats.url };
    const servers = await Promise.all(
      Array.from({ length: count }, () => startServer({ databaseUrl: database.url, env })),
    );
    for (const server of servers) stack.use(server);
    const cluster = new ServerCluster(stack, { nats, database, servers });
    await cluster.settled(servers);
    return cluster;
  }

  async insert(symbol: string, price: number): Promise<void> {
    await insertPrices(this.database.url, [{ symbol, price }]);
  }

  /** The leader among these, when one of them leads and all others follow. */
  async settled(servers: readonly TestServer[]): Promise<TestServer> {
    let roles: readonly string[] = [];
    return await waitFor(
      () => `one to lead and the others to follow; they are ${roles}`,
      async () => {
        roles = await Promise.all(servers.map(roleOf));
        const leader = servers[roles.indexOf("leading")];
        const rest = roles.filter((role) => role === "following");
        return rest.length === servers.length - 1 && leader;
      },
      DEADLINE_MS,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** What a server does at present. */
export async function roleOf(server: TestServer): Promise<ClusterRole> {
  const { families } = await scrape(server.url);
  const roles = CLUSTER_ROLES.filter((role) =>
    figure(families, "quotewire_cluster_role", { role }) === 1
  );
  const [role = "following"] = roles;
  return role;
}
