import {
  batchFrame,
  batchOf,
  conduct,
  readStreamOptions,
  symbolName,
} from "../../bench/peers/stream.js";
import { SharedStream } from "../../src/session/shared_stream.ts";
import { deflateFrame } from "../../src/session/deflate_frame.ts";

/**
 * A server for the benchmark that speaks just enough of v1, in either subprotocol, and does one thing
 * wrong, named by the argument `fault`: "lost" leaves out an update, "old" sends one again, "number" sends the
 * batches' numbers backwards, "end" leaves out the last update, "piece" one client's piece of a stream,
 * "none" does all right.
 */

const options = readStreamOptions(Deno.args);
const fault = Deno.args.find((arg) => arg.startsWith("fault="))?.slice(6);
const sockets: { readonly socket: WebSocket; readonly compressed: boolean }[] = [];
const stream = new SharedStream(() => 1);

Deno.serve({ hostname: "127.0.0.1", port: options.port, onListen: () => {} }, (request) => {
  const protocol = request.headers.get("sec-websocket-protocol") ?? "";
  const { socket, response } = Deno.upgradeWebSocket(request, { protocol });
  const compressed = protocol.endsWith("deflate");
  const send = (text: string) => socket.send(compressed ? deflateFrame(text) : text);
  socket.onopen = () => send(JSON.stringify({ type: "hello" }));
  socket.onmessage = () => {
    const quotes = Array.from(
      { length: options.symbols },
      (_, key) => ({ symbol: symbolName(key), price: 99.99 }),
    );
    send(JSON.stringify({ type: "ack", id: 1 }));
    send(JSON.stringify({ type: "snapshot", seq: 0, quotes, complete: true }));
    sockets.push({ socket, compressed });
  };
  return response;
});

await conduct(options, (number) => {
  const document = frameOf(number);
  const framesFor = stream.update(document, 0);
  sockets.forEach(({ socket, compressed }, index) => {
    if (fault === "piece" && number === 5 && index === 1) return;
    // The first piece for all, and then the next ones, whatever they have had.
    const [piece = ""] = compressed ? framesFor({ piece: 1 }) : [document];
    socket.send(piece);
  });
});
Deno.exit(0);

function frameOf(number: number): string {
  const batch = batchOf(options, number);
  if (fault === "lost" && number === 5) return batchFrame(batch.slice(1), number);
  if (fault === "number" && number === 5) return batchFrame(batch, number - 2);
  if (fault === "old" && number === 5) {
    return batchFrame([...batch, ...batchOf(options, number - 1).slice(0, 1)], number);
  }
  // Its number promises no more than the batch before did.
  if (fault === "end" && (number + 1) * options.batch === options.total) {
    return batchFrame(batch.slice(0, -1), number - 1);
  }
  return batchFrame(batch, number);
}
