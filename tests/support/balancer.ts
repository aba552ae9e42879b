/**
 * One address in front of several servers, as a load balancer: each connection goes to a server that is
 * ready, by turns. It asks as the `Caddyfile` does: a server whose database is slow or away is no reason to
 * refuse a client while the other one leaves.
 */
export class Balancer implements AsyncDisposable {
  readonly #targets: readonly number[];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #passages = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;
  readonly #carried = new Map<number, number>();
  #turn = 0;

  /** @param targets ports of the servers */
  constructor(targets: readonly number[]) {
    this.#targets = targets;
    this.#accepting = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** How many connections have gone to each server so far. */
  get carried(): ReadonlyMap<number, number> {
    return this.#carried;
  }

  /** Ends when the clients and servers have ended their connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    await Promise.all(this.#passages);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const passage = this.#carry(client).finally(() => this.#passages.delete(passage));
      this.#passages.add(passage);
    }
  }

  async #carry(client: Deno.TcpConn): Promise<void> {
    const server = await this.#reach();
    if (server === undefined) return client.close();
    await Promise.allSettled([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
  }

  async #reach(): Promise<Deno.TcpConn | undefined> {
    const first = this.#turn++;
    for (let offset = 0; offset < this.#targets.length; offset += 1) {
      const port = this.#targets[(first + offset) % this.#targets.length];
      if (port === undefined || !await isReady(port)) continue;
      this.#carried.set(port, (this.#carried.get(port) ?? 0) + 1);
      return await Deno.connect({ hostname: "127.0.0.1", port });
    }
    return undefined;
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz?exclude=feed`);
    await answer.body?.cancel();
    return answer.ok;
  } catch (error) {
    // Nobody listens.
    if (error instanceof TypeError) return false;
    throw error;
  }
}
