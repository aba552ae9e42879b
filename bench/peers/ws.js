/** Peer: `ws` on Node, as its readme shows how to broadcast. */
import process from "node:process";
// @ts-ignore: no dependency of Quotewire; the benchmark installs it beside its copy of this file
import { WebSocket, WebSocketServer } from "ws";
import { batchFrame, batchOf, conduct, readStreamOptions } from "./stream.js";

const options = readStreamOptions(process.argv.slice(2));
const server = new WebSocketServer({ host: "127.0.0.1", port: options.port });

/** @param {string} data */
function broadcast(data) {
  for (const client of server.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(data);
  }
}

server.on("listening", async () => {
  await conduct(options, (number) => {
    const batch = batchOf(options, number);
    if (options.frames === "batch") broadcast(batchFrame(batch, number));
    else for (const update of batch) broadcast(JSON.stringify(update));
  });
  process.exit(0);
});
