import assert from "node:assert/strict";
import { Backbone } from "../../src/backbone/backbone.ts";
import { ChatCircle, type CircleEvents } from "../../src/chat/chat_circle.ts";
import { decodeWords, type SaidElsewhere } from "../../src/chat/server_words.ts";
import { MessageIds } from "../../src/chat/message_ids.ts";
import { refOf } from "../../src/chat/own_people.ts";
import { SharedMetrics } from "../../src/metrics.ts";
import { type TestNats, testNats } from "../support/nats.ts";
import { waitFor } from "../support/wait_for.ts";

const ROOM = "lobby";

let nats: TestNats | undefined;

Deno.test.beforeAll(async () => {
  nats = await testNats();
});

Deno.test.afterAll(async () => {
  await nats?.[Symbol.asyncDispose]();
});

/** A server of the chat, as far as others notice, on a connection of its own. */
class Server implements AsyncDisposable {
  readonly circle: ChatCircle;
  readonly happened: string[] = [];
  readonly named: string[] = [];
  readonly moved: string[] = [];
  readonly said: SaidElsewhere[] = [];
  isDeaf = false;
  /** Whether it has missed a change while it was deaf. */
  hasMissed = false;
  readonly #backbone: Backbone;

  private constructor(backbone: Backbone) {
    this.#backbone = backbone;
    const events: CircleEvents = {
      said: (said) => this.said.push(said),
      people: (_, happened) =>
        this.happened.push(
          happened.length === 0
            ? "many"
            : happened.map((one) => `${one.event} ${"username" in one ? one.username : ""}`).join(),
        ),
      named: ({ username }) => this.named.push(username),
      moved: (_, session) => this.moved.push(session),
      missed: () => {},
    };
    const counters = new SharedMetrics(1).main;
    this.circle = new ChatCircle(
      { backbone: this.#wire(), ids: new MessageIds(), counters },
      events,
    );
  }

  /** @param prefix of a circle of its own */
  static async join(prefix: string): Promise<Server> {
    assert.ok(nats !== undefined);
    const hosts = [`127.0.0.1:${nats.port}`];
    const config = { hosts, tls: false, login: undefined, credentialsFile: undefined };
    const backbone = await Backbone.open({ ...config, authorityFile: undefined, prefix }, "test");
    await waitFor("the backbone", () => backbone.state === "up");
    return new Server(backbone);
  }

  names(): string[] {
    return [...this.circle.people.usernames(ROOM)].toSorted();
  }

  async sees(...names: string[]): Promise<void> {
    await waitFor(`${names} to be seen`, () => this.names().join() === names.join());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.circle.close();
    await this.#backbone.close();
  }

  /** The real one, which loses what is told while the server is deaf. */
  #wire(): Backbone {
    const backbone = this.#backbone;
    return new Proxy(backbone, {
      get: (target, name) => {
        if (name === "subscribe") {
          const subscribe: Backbone["subscribe"] = (subject, handler) =>
            target.subscribe(subject, (message) => {
              if (!this.isDeaf) return handler(message);
              const heard = decodeWords(message.payload, Date.now());
              this.hasMissed ||= heard.kind === "words" && heard.words.type === "changes";
            });
          return subscribe;
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }
}

function test(name: string, run: (one: Server, other: Server) => Promise<void>): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const prefix = `test-${crypto.randomUUID().slice(0, 8)}`;
      await using one = await Server.join(prefix);
      await using other = await Server.join(prefix);
      await run(one, other);
    },
  });
}

test(
  "ChatCircle tells who comes, is renamed and goes, to those who were there and who come later",
  async (one, other) => {
    one.circle.entered(ROOM, "s1", "ada", undefined);
    one.circle.entered(ROOM, "s2", "grace", undefined);
    await other.sees("ada", "grace");
    one.circle.renamed(ROOM, "s2", "hopper");
    one.circle.left(ROOM, "s1");
    await other.sees("hopper");
    other.circle.entered(ROOM, "s3", "joan", undefined);
    await one.sees("joan");
    assert.equal(one.circle.people.holder(ROOM, "JOAN")?.ref, refOf("s3"));
  },
);

test("ChatCircle notices a change that it missed, and takes everybody over", async (one, other) => {
  one.circle.entered(ROOM, "s1", "ada", undefined);
  await other.sees("ada");
  other.isDeaf = true;
  one.circle.left(ROOM, "s1");
  one.circle.entered(ROOM, "s2", "grace", undefined);
  await waitFor("a change to be missed", () => other.hasMissed);
  assert.deepEqual(other.names(), ["ada"]);
  other.isDeaf = false;
  await other.sees("grace");
  assert.deepEqual(other.happened, ["join ada", "leave ada,join grace"]);
});

test("ChatCircle tells of a crowd as a whole, in as many parts as it takes", async (one, other) => {
  other.isDeaf = true;
  for (let n = 0; n < 260; n += 1) one.circle.entered(ROOM, `s${n}`, `user ${n}`, undefined);
  other.isDeaf = false;
  await waitFor("everybody to be seen", () => other.circle.people.count(ROOM) === 260);
  assert.deepEqual(new Set(other.happened), new Set(["many"]));
  assert.deepEqual(other.names().slice(0, 2), ["user 0", "user 1"]);
});

test(
  "ChatCircle hands a name over to another server, and tells that one where it was",
  async (one, other) => {
    one.circle.entered(ROOM, "s1", "ada", undefined);
    await other.sees("ada");
    other.happened.length = 0;
    other.circle.entered(ROOM, "s2", "ada", "s1");
    await one.sees("ada");
    assert.deepEqual([one.moved, one.happened.at(-1)], [["s1"], "many"]);
    assert.equal(other.names().join(), "");
  },
);

test(
  "ChatCircle hands a name over also when the new server has yet to hear who had it",
  async (one, other) => {
    // The client was taken for another one of the same name, and the later of the two lost it: itself.
    other.isDeaf = true;
    one.circle.entered(ROOM, "s1", "ada", undefined);
    await waitFor("a change to be missed", () => other.hasMissed);
    other.circle.entered(ROOM, "s2", "ada", "s1");
    other.isDeaf = false;
    await waitFor("the first server to hear", () => one.moved.length > 0);
    one.circle.left(ROOM, "s1");
    one.circle.entered(ROOM, "s3", "end", undefined);
    await other.sees("end");
    await one.sees("ada");
    assert.deepEqual([one.moved, other.named], [["s1"], ["end"]]);
  },
);

test(
  "ChatCircle lets two sessions of one client be in a room under two names",
  async (one, other) => {
    one.circle.entered(ROOM, "s1", "ada", undefined);
    await other.sees("ada");
    other.circle.entered(ROOM, "s2", "grace", "s1");
    await one.sees("grace");
    assert.deepEqual([one.moved, other.names()], [[], ["ada"]]);
  },
);

test(
  "ChatCircle says who has had a name for longer, the same on both sides",
  async (one, other) => {
    one.circle.entered(ROOM, "s1", "ada", undefined);
    other.circle.entered(ROOM, "s2", "Ada", undefined);
    await Promise.all([one.sees("Ada"), other.sees("ada")]);
    const [mine, theirs] = [
      one.circle.people.claim(ROOM, "s1"),
      one.circle.people.holder(ROOM, "ada")?.claim,
    ];
    assert.deepEqual(
      [theirs, mine],
      [other.circle.people.claim(ROOM, "s2"), other.circle.people.holder(ROOM, "ada")?.claim],
    );
    assert.deepEqual([one.named, other.named], [["Ada"], ["ada"]]);
  },
);

test("ChatCircle lets everybody go with a server that says goodbye", async (one, other) => {
  one.circle.entered(ROOM, "s1", "ada", undefined);
  await other.sees("ada");
  one.circle.close();
  await other.sees();
  assert.deepEqual(other.happened.at(-1), "leave ada");
});

test(
  "ChatCircle says what was said, and of what NATS does not take only that it is in the history",
  async (one, other) => {
    // Words are said once: on a busy machine the first were said before NATS had the other's subscription.
    one.circle.entered(ROOM, "s1", "ada", undefined);
    await other.sees("ada");
    const how = { key: "k", previous: undefined, stored: true };
    const said = (length: number) => {
      const content = { kind: "text", text: "x".repeat(length) } as const;
      return { id: new MessageIds().next(), room: ROOM, username: "ada", timeMs: 1, content };
    };
    const [small, large] = [said(10), said(2_000_000)];
    one.circle.say(small, how);
    one.circle.say(large, how);
    one.circle.say(large, { ...how, stored: false });
    one.circle.say(small, { ...how, stored: false });
    await waitFor("the last to be heard", () => other.said.at(-1)?.stored === false);
    assert.deepEqual(other.said, [
      { message: small, ...how },
      { message: { ...large, content: undefined }, ...how },
      { message: small, ...how, stored: false },
    ]);
  },
);
