import { batchFrame, batchOf, conduct, readStreamOptions } from "./stream.js";

/** Peer: a plain loop over `socket.send` on Deno. */

const options = readStreamOptions(Deno.args);
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
  for (const socket of sockets) socket.send(frame);
}
