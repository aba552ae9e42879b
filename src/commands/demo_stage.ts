import { readServerConfig, type ServerConfig } from "../config.ts";
import { type EmbeddedServer, startEmbeddedServer } from "../db/embedded_server.ts";
import { migrate } from "../db/migrator.ts";
import type { EnvLookup } from "../env.ts";
import { type Closable, closeAll } from "../lifecycle.ts";
import { type Server, startServer } from "../server/server.ts";

/** A connection that has died is noticed within this time. */
const IDLE_TIMEOUT_MS = 3000;
const FOLDER_PREFIX = "quotewire-demo-";

/** A Postgres and a server of a demonstration's own, which it may stop and start; nothing of them is left. */
export class DemoStage implements Closable {
  readonly config: ServerConfig;
  readonly #folder: string;
  readonly #signal: AbortSignal;
  /**
   * Deno 2.9.6 breaks a channel that is opened just after the isolate's last one was closed, as the
   * server's is when it restarts: its next message is refused with "expected i32". So one stays open.
   */
  readonly #channel = new BroadcastChannel("quotewire demo");
  #database: EmbeddedServer | undefined;
  #databaseUrl = "";
  #server: Server | undefined;

  private constructor(config: ServerConfig, folder: string, signal: AbortSignal) {
    this.config = config;
    this.#folder = folder;
    this.#signal = signal;
  }

  /** Prepares a folder; nothing runs yet. Of the environment, only what to log is taken. */
  static async prepare(env: EnvLookup, signal: AbortSignal): Promise<DemoStage> {
    const folder = await Deno.makeTempDir({ prefix: FOLDER_PREFIX });
    // Where root is the user, Postgres runs as somebody else, who has to get in.
    await Deno.chmod(folder, 0o711);
    const settings: Record<string, string | undefined> = {
      PORT: String(freePort()),
      IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS),
      LOG_LEVEL: env("LOG_LEVEL") || "error",
      LOG_FORMAT: env("LOG_FORMAT"),
    };
    return new DemoStage(readServerConfig((name) => settings[name]), folder, signal);
  }

  /** `ws://127.0.0.1:PORT` */
  get socketUrl(): string {
    return `ws://${this.config.host}:${this.config.port}`;
  }

  /** Starts Postgres, again on the same port, with the same data. */
  async startPostgres(): Promise<void> {
    const port = this.#databaseUrl === "" ? undefined : Number(new URL(this.#databaseUrl).port);
    this.#database = await startEmbeddedServer({
      directory: `${this.#folder}/postgres`,
      port,
      signal: this.#signal,
    });
    if (port !== undefined) return;
    this.#databaseUrl = this.#database.url;
    await migrate(this.#databaseUrl, { signal: this.#signal });
  }

  async stopPostgres(): Promise<void> {
    await this.#database?.close();
  }

  async startServer(): Promise<void> {
    this.#server = await startServer({ ...this.config, databaseUrl: this.#databaseUrl });
  }

  async stopServer(): Promise<void> {
    await this.#server?.close();
  }

  async close(): Promise<void> {
    this.#channel.close();
    await closeAll([
      { close: () => Deno.remove(this.#folder, { recursive: true }) },
      { close: () => this.stopPostgres() },
      { close: () => this.stopServer() },
    ]);
  }
}

/** A port on 127.0.0.1 that was free a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
