/** What Deno keeps under a private name of each socket: whose end it is. */
const ROLE_NAME = "[[role]]";
/** Its values (Deno 2.9.6, `ext/websocket/01_websocket.js`). */
const SERVER = 0;
const CLIENT = 1;

/**
 * Has Deno read a socket on that was closed from here, up to its client's own close frame.
 *
 * Deno takes whatever the server's end of a closing socket reads next for its end: a message that was under
 * way, a pong, the news that the connection broke. It drops the close frame if that is not under way, and
 * says nothing of what becomes of the connection (measured on 2.9.6): the client would never see the code,
 * and nobody could tell a connection that is gone from one that is kept. A client's end it reads on, message
 * by message, and so the socket is called one. Its messages go to `onmessage`, as before.
 *
 * Does nothing where Deno has no such role, or other ones.
 */
export function readOn(socket: WebSocket): void {
  setRole(socket, SERVER, CLIENT);
}

/** Takes that back: Deno drops the connection at whatever comes next. */
export function readNoMore(socket: WebSocket): void {
  setRole(socket, CLIENT, SERVER);
}

function setRole(socket: WebSocket, from: number, to: number): void {
  const symbol = Object.getOwnPropertySymbols(socket)
    .find(({ description }) => description === ROLE_NAME);
  if (symbol === undefined || Reflect.get(socket, symbol) !== from) return;
  Reflect.set(socket, symbol, to);
}
