/** Peer: Bun's `publish` to a topic, as its manual shows it. */
import process from "node:process";
import { batchFrame, batchOf, conduct, readStreamOptions } from "./stream.js";

const options = readStreamOptions(process.argv.slice(2));
const server = globalThis.Bun.serve({
  hostname: "127.0.0.1",
  port: options.port,
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response("Expected a WebSocket");
  },
  websocket: {
    open(socket) {
      socket.subscribe("prices");
    },
    message() {},
  },
});

await conduct(options, (number) => {
  const batch = batchOf(options, number);
  if (options.frames === "batch") server.publish("prices", batchFrame(batch, number));
  else for (const update of batch) server.publish("prices", JSON.stringify(update));
});
process.exit(0);
