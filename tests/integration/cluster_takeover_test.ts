import assert from "node:assert/strict";
import { Backbone } from "../../src/backbone/backbone.ts";
import { Election } from "../../src/cluster/election.ts";
import { LeaderLock } from "../../src/db/leader_lock.ts";
import { readBackbone } from "../../src/backbone_config.ts";
import { EnvReader } from "../../src/env.ts";
import { sleep } from "../../src/lifecycle.ts";
import { RECOVERY_DEADLINE_MS } from "../support/fault_promise.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { testNats } from "../support/nats.ts";
import { testDatabase } from "../support/postgres.ts";
import { query } from "../support/query.ts";
import { environmentOf } from "../support/settings.ts";
import { waitFor } from "../support/wait_for.ts";

const STALL_MS = 5000;

/** One who stands for leader, by ways of its own to Postgres and NATS. */
class Candidate implements AsyncDisposable {
  readonly backbone: Backbone;
  readonly election: Election;
  /** Its terms, the last one still going on if `leads`. */
  readonly terms: number[] = [];
  leads = false;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(backbone: Backbone, databaseUrl: string, termHeard: number) {
    this.backbone = backbone;
    this.election = new Election(new LeaderLock(databaseUrl, "test"), backbone, {
      mayStand: () => true,
      termHeard: () => termHeard,
      onElected: (term) => {
        this.leads = true;
        this.terms.push(term);
      },
      onDeposed: () => this.leads = false,
    });
    this.#running = this.election.run(this.#stop.signal);
  }

  static async stand(databaseUrl: string, natsUrl: string, termHeard = 0): Promise<Candidate> {
    const config = readBackbone(new EnvReader(environmentOf({ BACKBONE: natsUrl })));
    assert.ok(config !== undefined);
    return new Candidate(await Backbone.open(config, "test"), databaseUrl, termHeard);
  }

  async elected(): Promise<void> {
    await waitFor("an election", () => this.leads, RECOVERY_DEADLINE_MS);
  }

  async deposed(): Promise<void> {
    await waitFor("the end of an office", () => !this.leads, RECOVERY_DEADLINE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.backbone.close();
  }
}

Deno.test("Election: a leader that loses the database steps down, and another follows with a later term", async () => {
  await using database = await testDatabase();
  await using nats = await testNats();
  await using proxy = await FaultProxy.start(database.url);
  await using first = await Candidate.stand(proxy.url, nats.url);
  await first.elected();
  await using second = await Candidate.stand(database.url, nats.url);
  await waitFor("the second to stand", () => second.backbone.state === "up");
  assert.ok(!second.leads);
  proxy.refuse();
  await first.deposed();
  await second.elected();
  await proxy.restore();
  const [before = 0] = first.terms;
  assert.ok((second.terms[0] ?? 0) > before);
  assert.deepEqual([first.leads, first.terms.length], [false, 1]);
});

Deno.test("Election: a lock that a stalled proxy keeps is free once an operator ends its session", async () => {
  await using database = await testDatabase();
  await using nats = await testNats();
  await using proxy = await FaultProxy.start(database.url);
  await using first = await Candidate.stand(proxy.url, nats.url);
  await first.elected();
  await using second = await Candidate.stand(database.url, nats.url);
  proxy.mute();
  await first.deposed();
  // Longer than Postgres waits for a machine that is gone: the proxy's acknowledges for it.
  await sleep(STALL_MS);
  assert.deepEqual([first.leads, second.leads], [false, false]);
  await query(
    database.url,
    (sql) =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity join pg_locks using (pid)
      where locktype = 'advisory' and granted and datname = current_database()`,
  );
  await second.elected();
});

Deno.test("Election: a leader without a backbone steps down, and one that is on it follows", async () => {
  await using database = await testDatabase();
  await using nats = await testNats();
  await using proxy = await FaultProxy.start(nats.url);
  await using first = await Candidate.stand(database.url, proxy.url);
  await first.elected();
  await using second = await Candidate.stand(database.url, nats.url);
  proxy.refuse();
  await first.deposed();
  await second.elected();
  await proxy.restore();
  await waitFor("the backbone", () => first.backbone.state === "up");
  assert.ok(!first.leads);
});

Deno.test("Election: who is told to resign lets another one lead, whose term is beyond all that it has heard", async () => {
  await using database = await testDatabase();
  await using nats = await testNats();
  const heard = Date.now() + 1_000_000;
  await using first = await Candidate.stand(database.url, nats.url);
  await first.elected();
  await using second = await Candidate.stand(database.url, nats.url, heard);
  await waitFor("the second to lead", () => {
    // It may get the lock back itself: both stand for it.
    first.election.resign("the test says so");
    return second.leads;
  }, RECOVERY_DEADLINE_MS);
  assert.deepEqual(second.terms, [heard + 1]);
});
