import { batchOf, conduct, readStreamOptions } from "./stream.js";

/**
 * Peer: the design that Quotewire grew from, on Deno. A broadcast hands every client's handler the
 * update itself, and each serialises and sends it on its own.
 */

type Handler = (update: ReturnType<typeof batchOf>[number]) => void;

const options = readStreamOptions(Deno.args);
const handlers = new Set<Handler>();

Deno.serve({ hostname: "127.0.0.1", port: options.port, onListen: () => {} }, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  const handler: Handler = (update) => socket.send(JSON.stringify(update));
  socket.onopen = () => handlers.add(handler);
  socket.onclose = () => handlers.delete(handler);
  return response;
});

await conduct(options, (number) => {
  for (const update of batchOf(options, number)) {
    for (const handler of handlers) handler(update);
  }
});
Deno.exit(0);
