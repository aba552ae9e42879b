import { join } from "node:path";
import { Authority } from "../support/authority.ts";
import { insertPrices } from "../support/dashboard.ts";
import { freePort } from "../support/free_port.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { type Checkout, copyProject } from "./checkout.ts";
import { Shell, type ShellOptions } from "./shell.ts";

/** A token that the guarded server takes. */
export const STAGE_TOKEN = "stage-token-0123456789abcdef";

/** What documents' commands are run on: a copy of the project, a database with a price, and servers. */
export class CommandStage implements AsyncDisposable {
  readonly checkout: Checkout;
  readonly database: TestDatabase;
  /** In listen mode, without authentication. */
  readonly server: TestServer;
  readonly #stack: AsyncDisposableStack;
  #guarded: Promise<TestServer> | undefined;
  #authority: Promise<string> | undefined;

  private constructor(
    stack: AsyncDisposableStack,
    parts: Pick<CommandStage, "checkout" | "database" | "server">,
  ) {
    this.#stack = stack;
    this.checkout = parts.checkout;
    this.database = parts.database;
    this.server = parts.server;
  }

  static async start(): Promise<CommandStage> {
    const stack = new AsyncDisposableStack();
    const checkout = stack.use(await copyProject());
    const database = stack.use(await testDatabase());
    await insertPrices(database.url, [{ symbol: "AAPL", price: 232.49 }]);
    const env = { FEED_MODE: "listen", WORKERS: "1" };
    const server = stack.use(await startServer({ databaseUrl: database.url, env }));
    return new CommandStage(stack, { checkout, database, server });
  }

  /** A server that asks for a token, and takes `STAGE_TOKEN`. */
  guarded(): Promise<TestServer> {
    return this.#guarded ??= this.#startServer({ AUTH_TOKENS: `stage:${STAGE_TOKEN}` });
  }

  /** Puts a certificate into the folder `certs`, and returns what a client has to trust. */
  authority(): Promise<string> {
    return this.#authority ??= this.#certify();
  }

  /** A file of the copy. */
  file(path: string): string {
    return join(this.checkout.folder, path);
  }

  /**
   * Runs a command in the copy. An address of the documents is that of the stage's server.
   *
   * @param options.port where the command finds a server, or starts one, if not at the stage's
   */
  run(
    command: string,
    options: { port?: number; env?: Record<string, string> } & Pick<ShellOptions, "input"> = {},
  ): Shell {
    const { port = this.server.port, env = {}, input } = options;
    return new Shell(command.replaceAll(/(127\.0\.0\.1|localhost):8080/g, `127.0.0.1:${port}`), {
      folder: this.checkout.folder,
      env: {
        PATH: this.checkout.path,
        DATABASE_URL: this.database.url,
        PORT: String(port),
        WORKERS: "1",
        ...env,
      },
      input,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  async #startServer(env: Record<string, string>): Promise<TestServer> {
    const server = await startServer({
      databaseUrl: this.database.url,
      env: { FEED_MODE: "listen", WORKERS: "1", ...env },
      port: freePort(),
    });
    return this.#stack.use(server);
  }

  async #certify(): Promise<string> {
    await using authority = await Authority.create();
    const { certPath, keyPath } = await authority.issue();
    await Deno.mkdir(this.file("certs"), { recursive: true });
    await Deno.copyFile(certPath, this.file("certs/server.pem"));
    await Deno.copyFile(keyPath, this.file("certs/server.key"));
    await Deno.copyFile(authority.path, this.file("certs/authority.pem"));
    return authority.pem;
  }
}
