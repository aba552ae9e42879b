import assert from "node:assert/strict";
import { type AuthStage, authTest, DESK_TOKEN, SOCKETS } from "../support/auth_stage.ts";
import { handshake } from "../support/handshake.ts";
import { JWT_SECRET, signToken } from "../support/tokens.ts";
import { waitFor } from "../support/wait_for.ts";

/** Shows a token to every route; returns what was answered, and the ticket that was had for it. */
async function askApi({ ask }: AuthStage, token: string) {
  const answers: string[] = [];
  for (const path of ["/api/prices", "/api/history", "/api/none", "/metrics"]) {
    answers.push(await (await ask(path, token)).text());
  }
  const answer = await ask("/api/ticket", token, "POST");
  if (answer.ok) return { answers, ticket: String((await answer.json()).ticket) };
  return { answers: [...answers, await answer.text()], ticket: undefined };
}

/** Shows a token to every socket in every carrier of a handshake; returns what the refusals said. */
async function shakeHands({ server }: AuthStage, token: string): Promise<string[]> {
  const bearer = `quotewire.bearer.${token}`;
  const answers = SOCKETS.flatMap(({ path }) => [
    handshake(server.port, path, { headers: { authorization: `Bearer ${token}` } }),
    handshake(server.port, path, { headers: { "sec-websocket-protocol": bearer } }),
    handshake(server.port, path, { headers: { "sec-websocket-protocol": `${bearer}, unknown` } }),
    handshake(server.port, `${path}${path.includes("?") ? "&" : "?"}ticket=${token}`),
  ]);
  return (await Promise.all(answers)).flatMap(({ status, body }) => status === 101 ? [] : body);
}

/** Puts a token in the place of something else; returns what the refusals said. */
async function misplace({ server, ask }: AuthStage, token: string, good: string) {
  const headers = { authorization: `Bearer ${good}` };
  const answers = await Promise.all([
    handshake(server.port, `/events?topics=${token}`, { headers }),
    handshake(server.port, `/${token}`, { headers }),
    handshake(server.port, `/chat/${token}${"x".repeat(64)}`, { headers }),
    handshake(server.port, "/ws", { headers: { ...headers, "sec-websocket-version": token } }),
    handshake(server.port, "/ws", { headers: { ...headers, "sec-websocket-protocol": token } }),
    handshake(server.port, "/ws", {
      headers: { ...headers, origin: `https://${token.repeat(2)}` },
    }),
  ]);
  for (const { status } of answers) assert.ok(status >= 400, `${status}`);
  const queries = ["candles?symbol=A&interval=", "prices?symbols=", "history?symbol=A&limit="];
  const refusals = queries.map(async (query) =>
    await (await ask(`/api/${query}${token}`, good)).text()
  );
  return [...answers.map(({ body }) => body), ...await Promise.all(refusals)];
}

/** Shows a token to an open socket, whole and broken; returns the texts that it answered. */
async function sendTokens({ server }: AuthStage, token: string, good: string): Promise<string[]> {
  const answers: string[] = [];
  for (const { name, path, protocol } of SOCKETS) {
    const socket = new WebSocket(
      `${server.socketUrl}${path}`,
      protocol === null ? [] : [protocol],
    );
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => answers.push(String(data));
    await waitFor(name, () => socket.readyState === WebSocket.OPEN);
    for (const shown of [token, good, token]) {
      socket.send(JSON.stringify({ type: "auth", token: shown }));
      socket.send(`{"type":"auth","token":"${shown}`);
      socket.send(JSON.stringify({ type: "auth", id: {}, token: shown }));
      // An echo and a relay give back whatever they are sent.
      if (protocol === null) continue;
      socket.send(JSON.stringify({ type: "subscribe", id: 1, symbols: shown }));
      socket.send(JSON.stringify({ type: shown, room: shown }));
    }
    if (token === good) {
      await waitFor(
        `an answer on ${name}`,
        () => answers.some((text) => text.includes("error")) || protocol?.endsWith("deflate"),
      );
      socket.close();
    }
    await waitFor(`${name} to close`, () => socket.readyState === WebSocket.CLOSED);
  }
  return answers;
}

for (const format of ["text", "json"]) {
  authTest(
    `No token, ticket or secret reaches a debug log in ${format}, an error or a counter`,
    async (stage) => {
      const good = await signToken();
      const stranger = await signToken({ sub: "eve" }, new TextEncoder().encode("x".repeat(32)));
      const expired = await signToken({ expiresInS: -60 });
      const secrets = [JWT_SECRET, DESK_TOKEN, good, stranger, expired, "nobody-0123456789abcdef"];
      const answers: string[] = [];
      for (const token of secrets.slice(1)) {
        const api = await askApi(stage, token);
        answers.push(...api.answers, ...await shakeHands(stage, token));
        // As a topic, room, version or query a token was quoted, whole or its first 64 characters.
        answers.push(...await misplace(stage, token, good));
        if (api.ticket === undefined) continue;
        answers.push(...await shakeHands(stage, api.ticket));
        secrets.push(api.ticket);
      }
      answers.push(
        ...await sendTokens(stage, stranger, good),
        ...await sendTokens(stage, good, good),
      );
      answers.push(await (await stage.ask("/api/stats", good)).text());
      await stage.server.stop();
      const log = stage.server.lines.join("\n");
      for (const expected of [/Session opened/, /Refused .*Cannot authenticate/]) {
        assert.match(log, expected);
      }
      const everything = `${log}\n${answers.join("\n")}`;
      for (
        const secret of secrets.flatMap((secret) => [secret, secret.split(".").at(-1) ?? secret])
      ) {
        assert.ok(!everything.includes(secret), `${secret} is somewhere`);
      }
    },
    { LOG_LEVEL: "debug", LOG_FORMAT: format },
  );
}
