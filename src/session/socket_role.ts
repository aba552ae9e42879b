/** What Deno keeps under a private name of each socket: whose end it is. */
const ROLE_NAME = "[[role]]";
/** Its values (Deno 2.9.6, `ext/websocket/01_websocket.js`). */
const SERVER = 0;
const CLIENT = 1;
/** Deno has begun to write the close frame by then. */
const BEGUN_MS = 20;

/**
 * Keeps a socket that has just been closed from here readable until its close frame is under way.
 *
 * Deno takes whatever the server's end of a closing socket reads next for its end, be it a message or the
 * news that the connection broke. Where that is read in the very moment of the close, Deno throws the close
 * frame away and says nothing of either (measured on 2.9.6): the client would never see the code, and nobody
 * could tell a connection that is gone from one that is kept. A client's end it reads on, message by message,
 * and so for a moment the socket is one.
 *
 * Does nothing where Deno has no such role, or other ones.
 */
export function readOn(socket: WebSocket): void {
  if (setRole(socket, SERVER, CLIENT)) setTimeout(() => readNoMore(socket), BEGUN_MS);
}

/** Has Deno drop the connection at whatever is read next, if the socket is closing. */
export function readNoMore(socket: WebSocket): void {
  setRole(socket, CLIENT, SERVER);
}

function setRole(socket: WebSocket, from: number, to: number): boolean {
  const symbol = Object.getOwnPropertySymbols(socket)
    .find(({ description }) => description === ROLE_NAME);
  return symbol !== undefined && Reflect.get(socket, symbol) === from &&
    Reflect.set(socket, symbol, to);
}
