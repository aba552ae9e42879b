import { batchFrame, batchOf, conduct, readStreamOptions } from "./stream.js";

/**
 * Peer: a plain loop over `socket.send` on Deno. With `portionBytes` it hands over so much in a turn of the
 * event loop, as Quotewire does: what Deno's sockets cost at the least.
 */

const options = readStreamOptions(Deno.args);
const portionBytes = Number(
  Deno.args.find((arg) => arg.startsWith("portionBytes="))?.slice(13) ?? 0,
);
const sockets = new Set<WebSocket>();

Deno.serve({ hostname: "127.0.0.1", port: options.port, onListen: () => {} }, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => sockets.add(socket);
  socket.onclose = () => sockets.delete(socket);
  return response;
});

await conduct(options, (number) => {
  const batch = batchOf(options, number);
  if (options.frames === "batch") broadcast(batchFrame(batch, number));
  else for (const update of batch) broadcast(JSON.stringify(update));
});
Deno.exit(0);

function broadcast(frame: string): void {
  if (portionBytes > 0) return inPortions(frame, [...sockets]);
  for (const socket of sockets) socket.send(frame);
}

function inPortions(frame: string, rest: readonly WebSocket[]): void {
  const count = Math.ceil(portionBytes / frame.length);
  for (const socket of rest.slice(0, count)) socket.send(frame);
  if (rest.length > count) setImmediate(() => inPortions(frame, rest.slice(count)));
}
