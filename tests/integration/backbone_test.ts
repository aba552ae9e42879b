import assert from "node:assert/strict";
import net from "node:net";
import { Backbone } from "../../src/backbone/backbone.ts";
import { type BackboneConfig, readBackbone } from "../../src/backbone_config.ts";
import { EnvReader } from "../../src/env.ts";
import { ConfigError } from "../../src/errors.ts";
import { Authority } from "../support/authority.ts";
import { FaultProxy } from "../support/fault_proxy.ts";
import { freePort } from "../support/free_port.ts";
import { LogRecords } from "../support/log_records.ts";
import { testNats } from "../support/nats.ts";
import { environmentOf } from "../support/settings.ts";
import { waitFor } from "../support/wait_for.ts";

function configOf(url: string, more: Readonly<Record<string, string>> = {}): BackboneConfig {
  const config = readBackbone(new EnvReader(environmentOf({ BACKBONE: url, ...more })));
  assert.ok(config !== undefined);
  return config;
}

/** A backbone that closes at the end of the block. */
async function open(
  url: string,
  more: Readonly<Record<string, string>> = {},
): Promise<AsyncDisposable & { backbone: Backbone }> {
  const backbone = await Backbone.open(configOf(url, more), "quotewire test");
  return { backbone, [Symbol.asyncDispose]: () => backbone.close() };
}

async function comesUp(...backbones: Backbone[]): Promise<void> {
  await waitFor("the backbone to be up", () => backbones.every(({ state }) => state === "up"));
}

/** A connection that succeeds is the last: the second means a refusal. */
async function isRefused(backbone: Backbone, proxy: FaultProxy): Promise<void> {
  await waitFor("another attempt", () => proxy.accepted >= 2);
  assert.equal(backbone.state, "down");
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function text(payload: Uint8Array): string {
  return new TextDecoder().decode(payload);
}

/** Everything that is heard on a subject, in its order. */
function hear(backbone: Backbone, subject: string): string[] {
  const heard: string[] = [];
  backbone.subscribe(
    subject,
    (message) => heard.push(`${message.subject} ${text(message.payload)}`),
  );
  return heard;
}

/** Until the subscription is known to the server: what was said before it is not heard. */
async function untilHeard(speaker: Backbone, heard: string[], subject: string): Promise<void> {
  await waitFor("the first word", () => {
    speaker.publish(subject, bytes("hello"));
    return heard.length > 0;
  });
}

/** Says that, and nothing more, to whoever connects. */
async function silentServer(
  words: string,
  onConnection: () => void,
): Promise<AsyncDisposable & { url: string }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.write(words, onConnection);
  });
  const port = freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `nats://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

Deno.test("Backbone.publish() reaches the other processes in order, and not the one that speaks", async () => {
  await using nats = await testNats();
  await using one = await open(nats.url);
  await using other = await open(nats.url);
  await comesUp(one.backbone, other.backbone);
  const own = hear(one.backbone, "a.*");
  const heard = hear(other.backbone, "a.*");
  await untilHeard(one.backbone, heard, "a.b");
  for (let number = 0; number < 1000; number += 1) {
    assert.ok(one.backbone.publish("a.c", bytes(String(number))));
  }
  const numbers = () => heard.filter((line) => line.startsWith("a.c "));
  await waitFor("all words", () => numbers().length === 1000);
  assert.deepEqual(numbers(), Array.from({ length: 1000 }, (_, number) => `a.c ${number}`));
  assert.deepEqual(own, []);
});

Deno.test("Backbone.publish() keeps apart what has another prefix", async () => {
  await using nats = await testNats();
  await using one = await open(nats.url);
  await using same = await open(nats.url);
  await using foreign = await open(nats.url, { BACKBONE_PREFIX: "other" });
  await comesUp(one.backbone, same.backbone, foreign.backbone);
  const strangers = hear(foreign.backbone, "a");
  const heard = hear(same.backbone, "a");
  await untilHeard(one.backbone, heard, "a");
  assert.deepEqual(strangers, []);
});

Deno.test("Backbone.publish() refuses what is larger than NATS takes", async () => {
  await using nats = await testNats();
  await using one = await open(nats.url);
  await comesUp(one.backbone);
  const { messageBytesMax } = one.backbone;
  assert.equal(messageBytesMax, 1024 * 1024);
  assert.ok(one.backbone.publish("a", new Uint8Array(messageBytesMax)));
  assert.ok(!one.backbone.publish("a", new Uint8Array(messageBytesMax + 1)));
});

Deno.test("Backbone.request() brings the answer, and fails when nobody listens or nobody answers", async () => {
  await using nats = await testNats();
  await using asker = await open(nats.url);
  await using desk = await open(nats.url);
  await comesUp(asker.backbone, desk.backbone);
  await assert.rejects(asker.backbone.request("sum", bytes("1"), 5000), /no responders/);
  const listening = desk.backbone.subscribe("sum", ({ payload, answer }) => {
    if (text(payload) !== "mute") answer(bytes(`${text(payload)}!`));
  });
  const ask = async () => {
    try {
      return text(await asker.backbone.request("sum", bytes("7"), 5000));
    } catch {
      // The subscription may not be known yet.
      return undefined;
    }
  };
  assert.equal(await waitFor("an answer", ask), "7!");
  await assert.rejects(asker.backbone.request("sum", bytes("mute"), 200), /timeout/);
  listening.close();
});

Deno.test("Backbone goes on with the next message when a handler throws", async () => {
  await using nats = await testNats();
  await using one = await open(nats.url);
  await using other = await open(nats.url);
  await comesUp(one.backbone, other.backbone);
  other.backbone.subscribe("a", () => {
    throw new Error("on purpose");
  });
  const heard = hear(other.backbone, "a");
  await untilHeard(one.backbone, heard, "a");
  assert.equal(other.backbone.state, "up");
});

Deno.test("Backbone comes back with its subscriptions after NATS was killed, and refuses meanwhile", async () => {
  await using nats = await testNats();
  await using one = await open(nats.url);
  await using other = await open(nats.url);
  await comesUp(one.backbone, other.backbone);
  const states: string[] = [];
  one.backbone.watch((state) => states.push(state));
  const heard = hear(other.backbone, "a");
  await untilHeard(one.backbone, heard, "a");
  await nats.kill();
  await waitFor("the loss to be seen", () => one.backbone.state === "down");
  assert.ok(!one.backbone.publish("a", bytes("lost")));
  await assert.rejects(one.backbone.request("a", bytes("lost"), 100), /is down/);
  await nats.restart();
  await comesUp(one.backbone, other.backbone);
  heard.length = 0;
  await untilHeard(one.backbone, heard, "a");
  assert.deepEqual(heard.filter((line) => line.includes("lost")), []);
  assert.deepEqual(states, ["down", "up"]);
});

Deno.test("Backbone notices a NATS that is there and says nothing, and uses it again when it speaks", async () => {
  await using nats = await testNats();
  await using one = await open(nats.url);
  await comesUp(one.backbone);
  nats.freeze();
  await waitFor("the silence to be noticed", () => one.backbone.state === "down");
  nats.thaw();
  await comesUp(one.backbone);
});

Deno.test("Backbone leaves no socket behind where the peer never speaks", async () => {
  await using nats = await testNats();
  await using proxy = await FaultProxy.start(nats.url);
  proxy.mute();
  await using one = await open(proxy.url);
  await waitFor("a second attempt", () => proxy.accepted >= 2, 20_000);
  assert.ok(proxy.open <= 1, `${proxy.open} are open`);
  assert.equal(one.backbone.state, "down");
  await proxy.restore();
  await comesUp(one.backbone);
});

// The official transport for Node let such a reset end the process, when it came right after the greeting.
Deno.test("Backbone lives on when a server greets and resets the connection", async () => {
  let greeted = 0;
  const rude = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.write('INFO {"server_id":"x","version":"2.9.0","max_payload":1048576}\r\n', () => {
      greeted += 1;
      socket.resetAndDestroy();
    });
  });
  const port = freePort();
  rude.listen(port, "127.0.0.1");
  {
    await using one = await open(`nats://127.0.0.1:${port}`);
    await waitFor("five attempts", () => greeted >= 5, 20_000);
    assert.equal(one.backbone.state, "down");
  }
  await new Promise((resolve) => rude.close(resolve));
});

// It waited for the attempt under way to fail, up to 2 s, and so did the end of the server.
Deno.test("Backbone.close() ends an attempt that nobody answers, before its deadline", async () => {
  await using records = await LogRecords.keep();
  let met = 0;
  const greeting = 'INFO {"server_id":"x","version":"2.9.0","max_payload":1048576}\r\n';
  for (const words of ["", greeting]) {
    await using silent = await silentServer(words, () => met += 1);
    const before = met;
    await using _one = await open(silent.url);
    await waitFor("an attempt", () => met > before);
  }
  assert.deepEqual(records.of("backbone_unreachable"), [], "an attempt ended by itself");
});

Deno.test("Backbone uses the host that is there", async () => {
  await using nats = await testNats();
  const hosts = `nats://127.0.0.1:${freePort()},127.0.0.1:${nats.port}`;
  await using one = await open(hosts);
  await comesUp(one.backbone);
});

Deno.test("Backbone.open() logs in with a user and a password, or a token, and not with a wrong one", async () => {
  await using named = await testNats(["--user", "ada", "--pass", "s/cret"]);
  await using secret = await testNats(["--auth", "t0ken"]);
  await using ada = await open(`nats://ada:s%2Fcret@127.0.0.1:${named.port}`);
  await using bearer = await open(`nats://t0ken@127.0.0.1:${secret.port}`);
  await comesUp(ada.backbone, bearer.backbone);
  await using proxy = await FaultProxy.start(named.url);
  await using wrong = await open(proxy.url.replace("//", "//ada:other@"));
  await isRefused(wrong.backbone, proxy);
});

/** A NATS server that lets "ada" do that, and `url` to log in as her. */
async function natsWithRights(rights: string): Promise<AsyncDisposable & { url: string }> {
  const config = await Deno.makeTempFile();
  const user = `{ user: "ada", password: "secret", permissions: { ${rights} } }`;
  await Deno.writeTextFile(config, `authorization: { users: [ ${user} ] }`);
  const nats = await testNats(["--config", config]);
  return {
    url: nats.url.replace("//", "//ada:secret@"),
    [Symbol.asyncDispose]: async () => {
      await nats[Symbol.asyncDispose]();
      await Deno.remove(config);
    },
  };
}

Deno.test("Backbone needs no rights on NATS beyond its prefix", async () => {
  await using nats = await natsWithRights('publish: "quotewire.>", subscribe: "quotewire.>"');
  const { url } = nats;
  await using asker = await open(url);
  await using desk = await open(url);
  await comesUp(asker.backbone, desk.backbone);
  desk.backbone.subscribe("a", ({ answer }) => answer(bytes("yes")));
  const heard = hear(desk.backbone, "b");
  await untilHeard(asker.backbone, heard, "b");
  assert.equal(text(await asker.backbone.request("a", bytes("?"), 5000)), "yes");
});

// NATS' client tells of a refused publish by its status alone, which nobody read: a server without the
// right was elected, counted its batches as sent, and nothing said why nobody heard them.
Deno.test("Backbone.publish() logs that NATS refuses it, once for many words", async () => {
  await using records = await LogRecords.keep();
  await using nats = await natsWithRights('publish: { deny: ">" }, subscribe: "quotewire.>"');
  await using mute = await open(nats.url);
  await comesUp(mute.backbone);
  for (let number = 0; number < 10; number += 1) mute.backbone.publish("a", bytes("x"));
  const reason = await waitFor("the line", () => records.of("backbone_refused")[0]?.["reason"]);
  assert.match(String(reason), /Publish to "quotewire.a"/);
  // What NATS refuses, it refuses in order: its answer to this request comes after those to the rest.
  await assert.rejects(mute.backbone.request("b", bytes("?"), 5000), /Publish to "quotewire.b"/);
  assert.equal(records.of("backbone_refused").length, 1);
});

Deno.test("Backbone.subscribe() logs each subject that NATS refuses", async () => {
  await using records = await LogRecords.keep();
  await using nats = await natsWithRights('publish: "quotewire.>", subscribe: "quotewire.inbox.>"');
  await using deaf = await open(nats.url);
  await comesUp(deaf.backbone);
  for (const subject of ["a", "b"]) deaf.backbone.subscribe(subject, () => {});
  const subjects = () => records.of("backbone_refused").map(({ subject }) => subject);
  await waitFor("both lines", () => subjects().length === 2);
  assert.deepEqual(subjects(), ["a", "b"]);
});

// Each was a line with a stack, for each message that somebody sent.
Deno.test("Backbone.subscribe() logs a few of the messages that its handler fails at, and their number", async () => {
  await using records = await LogRecords.keep();
  await using nats = await testNats();
  await using speaker = await open(nats.url);
  {
    await using listener = await open(nats.url);
    await comesUp(speaker.backbone, listener.backbone);
    listener.backbone.subscribe("bad", () => {
      throw new Error("thrown by a test");
    });
    const heard = hear(listener.backbone, "good");
    await untilHeard(speaker.backbone, heard, "good");
    for (let n = 0; n < 20; n += 1) speaker.backbone.publish("bad", bytes("x"));
    speaker.backbone.publish("good", bytes("last"));
    await waitFor("the last", () => heard.includes("good last"));
    assert.equal(records.of("backbone_handler_failed").length, 5);
  }
  assert.deepEqual(records.of("log_lines_left_out").map(({ count }) => count), [15]);
});

Deno.test("Backbone.open() speaks TLS to a certificate of the named authority, and to no other", async () => {
  await using authority = await Authority.create();
  await using stranger = await Authority.create();
  const { certPath, keyPath } = await authority.issue();
  await using nats = await testNats(["--tls", "--tlscert", certPath, "--tlskey", keyPath]);
  const url = `tls://localhost:${nats.port}`;
  await using trusting = await open(url, { BACKBONE_CA_FILE: authority.path });
  await comesUp(trusting.backbone);
  await using proxy = await FaultProxy.start(nats.url);
  const { port } = new URL(proxy.url);
  await using wary = await open(`tls://localhost:${port}`, { BACKBONE_CA_FILE: stranger.path });
  await isRefused(wary.backbone, proxy);
});

Deno.test("Backbone.open() names a file that it cannot use", async () => {
  const missing = { BACKBONE_CREDS_FILE: "missing.creds" };
  await assert.rejects(
    Backbone.open(configOf("nats://a", missing), "quotewire test"),
    (error) => error instanceof ConfigError && error.message.includes("missing.creds"),
  );
});
