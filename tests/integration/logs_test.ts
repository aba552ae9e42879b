import assert from "node:assert/strict";
import { authTest, DESK_TOKEN, SOCKETS } from "../support/auth_stage.ts";
import { insertPrices } from "../support/dashboard.ts";
import { handshake, openHandshake, readAnswer } from "../support/handshake.ts";
import { openSocket } from "../support/plain_socket.ts";
import { figure, scrape } from "../support/prometheus_text.ts";
import type { TestServer } from "../support/server.ts";
import { serverTest } from "../support/server_stage.ts";
import { waitFor } from "../support/wait_for.ts";

type LogLine = Record<string, unknown>;

/** What a client might say to look like somebody else in the log. */
const FORGED = "x\r\n\u2028\u202e00:00:00 error forged: I was here\x1b[2J";

/** Everything that it has logged, apart from the line for its user. */
function logLines({ lines }: TestServer): string[] {
  return lines.filter((line) => !line.startsWith("Dashboard: "));
}

/** What some terminal or reader of logs takes for the end of a line, or obeys. */
const UNPRINTABLE_REGEXP = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;

function linesWith({ lines }: TestServer, code: string): LogLine[] {
  return lines.filter((line) => line.includes(`"code":"${code}"`)).map((line) => JSON.parse(line));
}

authTest(
  "LOG_FORMAT=json makes each line of a whole run one JSON object with a code",
  async ({ server, database }) => {
    for (const { path, protocol } of SOCKETS) {
      const protocols = [
        `quotewire.bearer.${DESK_TOKEN}`,
        ...(protocol === null ? [] : [protocol]),
      ];
      const client = await openSocket(server.socketUrl + path, protocols);
      client.socket.send("no JSON\n{}");
      client.socket.close(3000, FORGED.slice(0, 30));
      await client.close();
    }
    await insertPrices(database.url, [{ symbol: "A\nB", price: 2 }]);
    await waitFor(
      "all to have ended",
      () => linesWith(server, "session_closed").length === SOCKETS.length,
    );
    assert.equal(await server.stop(), 0);
    const lines = logLines(server);
    assert.ok(lines.length > 20);
    for (const line of lines) {
      const { "@timestamp": time, level, logger, message, code } = JSON.parse(line);
      assert.ok(Number.isFinite(Date.parse(time)), line);
      assert.match(level, /^(DEBUG|INFO|WARN|ERROR)$/, line);
      assert.match(logger, /^quotewire\.\w+$/, line);
      assert.equal(typeof message, "string", line);
      assert.match(code, /^[a-z]+(_[a-z]+)+$/, line);
      // JSON leaves U+2028 and the signs that turn a line around as they are.
      assert.doesNotMatch(line, UNPRINTABLE_REGEXP);
    }
    const [{ reason } = {}] = linesWith(server, "session_closed");
    assert.equal(reason, FORGED.slice(0, 30), "what is escaped is still there to be read");
  },
  { LOG_FORMAT: "json", LOG_LEVEL: "debug" },
);

authTest(
  "A session that was accepted logs one line, at its end: who, why, how long, how much",
  async ({ server }) => {
    // It logged two, and the one at the end did not say how much it was.
    const client = await openSocket(`${server.socketUrl}/echo`, [`quotewire.bearer.${DESK_TOKEN}`]);
    const welcome = String(await client.next("the welcome"));
    client.socket.send("héllo");
    await client.next("the echo");
    client.socket.close(3000, "seen enough");
    await client.close();
    const [line, ...others] = await waitFor("the line", () => {
      const found = linesWith(server, "session_closed");
      return found.length > 0 && found;
    });
    assert.deepEqual(others, []);
    assert.deepEqual(linesWith(server, "session_opened"), []);
    const { durationMs, peer, ...rest } = line ?? {};
    assert.ok(typeof durationMs === "number" && durationMs >= 0);
    assert.match(String(peer), /^127\.0\.0\.1:\d+$/);
    const { level, endpoint, protocol, subject, closeCode, reason } = rest;
    assert.deepEqual([level, endpoint, protocol, subject], ["INFO", "echo", "echo", "desk"]);
    assert.deepEqual([closeCode, reason], [3000, "seen enough"]);
    assert.deepEqual([rest["receivedFrames"], rest["receivedBytes"]], [1, 6]);
    assert.deepEqual([rest["sentFrames"], rest["sentBytes"]], [2, welcome.length + 6]);
    // Each value stood in quotes of its own: Session closed: "echo" from "127.0.0.1:5000", code 3000 ("seen enough")
    assert.equal(
      String(rest["message"]).replace(/ after \d+ ms/, ""),
      `Session closed: echo from ${peer}, code 3000 (seen enough), 2 frames out and 1 in, 0 active`,
    );
    assert.ok(!server.lines.join("\n").includes(DESK_TOKEN));
  },
  { LOG_FORMAT: "json" },
);

serverTest(
  "A client cannot write a line of its own into the log, nor speak to its terminal",
  async ({ server }) => {
    // Why a client hung up was logged as it came, line breaks and all.
    const client = await openSocket(`${server.socketUrl}/echo`);
    client.socket.close(3000, FORGED);
    await client.close();
    await waitFor("the line", () => logLines(server).some((line) => line.includes("I was here")));
    assert.ok(!logLines(server).some((line) => line.startsWith("00:00:00")));
    assert.doesNotMatch(server.lines.join(""), UNPRINTABLE_REGEXP);
  },
);

serverTest(
  "A connection that breaks off is logged and counted with 1006, however it breaks",
  async ({ server }) => {
    // The runbook has operators watch 1006, which never moved: such ends were code 0, and counted as other.
    const open = () => openHandshake(server.port, "/echo");
    const [cut, ended] = [await open(), await open()];
    for (const connection of [cut, ended]) {
      assert.equal((await readAnswer(connection)).status, 101);
    }
    cut.close();
    await ended.closeWrite();
    const lines = await waitFor("the lines", () => {
      const found = linesWith(server, "session_closed");
      return found.length === 2 && found;
    });
    for (const { closeCode, reason } of lines) {
      assert.deepEqual([closeCode, reason], [1006, "connection lost"]);
    }
    ended.close();
    const { families } = await scrape(server.url);
    assert.equal(figure(families, "quotewire_closes_total", { code: "1006" }), 2);
    assert.equal(figure(families, "quotewire_closes_total", { code: "other" }), 0);
  },
  { LOG_FORMAT: "json" },
);

serverTest(
  "A handshake to a path that there is not is logged and counted as refused, and a request is not",
  async ({ server }) => {
    // Both got 404 and nothing more: a client with the wrong path was nowhere to be seen.
    const answer = await handshake(server.port, "/socket.io/?token=hush");
    assert.equal(answer.status, 404);
    assert.match(answer.body, /"not_found".*Cannot upgrade: .*\/socket\.io\//);
    await (await fetch(`${server.url}/socket.io/`)).body?.cancel();
    const [line, ...others] = await waitFor("the line", () => {
      const found = linesWith(server, "http_refused");
      return found.length > 0 && found;
    });
    assert.deepEqual(others, []);
    assert.equal(line?.["rule"], "path");
    assert.match(String(line?.["reason"]), /^Cannot upgrade: .*is "\/socket\.io\/"$/);
    const { families } = await scrape(server.url);
    assert.equal(figure(families, "quotewire_rejected_total", { rule: "path" }), 1);
  },
  { LOG_FORMAT: "json" },
);
