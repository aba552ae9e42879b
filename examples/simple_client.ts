// deno-lint-ignore-file no-console -- what arrives is printed, and nothing else is needed here
/**
 * The smallest chat client. It prints what the others in the room say, and sends every line that you type.
 *
 *   deno run --allow-net --allow-env=QUOTEWIRE_TOKEN examples/simple_client.ts [ws://127.0.0.1:8080/chat/ROOM]
 *
 * It names no subprotocol, so the server treats it as a plain relay: it hears bare texts and bytes, and
 * the others see it come and go as a guest.
 */

const url = Deno.args[0] ?? "ws://127.0.0.1:8080/chat";
// A server that asks for a token takes it from a subprotocol, which it never answers.
const token = Deno.env.get("QUOTEWIRE_TOKEN");
const socket = new WebSocket(url, token === undefined ? [] : [`quotewire.bearer.${token}`]);
// Bytes arrive as an ArrayBuffer rather than as a Blob, which would have to be read first.
socket.binaryType = "arraybuffer";

socket.onopen = async () => {
  console.error(`Connected to ${url}. Type a line and press Enter; Ctrl-D leaves.`);
  // Input comes in pieces that do not end where lines end: the unfinished end waits for the next piece.
  let rest = "";
  for await (const piece of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) socket.send(line);
  }
  if (rest !== "") socket.send(rest);
  // Everything that was sent goes out before the connection ends.
  socket.close(1000);
};

/** Strangers wrote this: without control characters it cannot take over the terminal. */
function harmless(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, "\ufffd");
}

socket.onmessage = ({ data }) => {
  if (typeof data === "string") return console.log(harmless(data));
  const bytes = new Uint8Array(data);
  const shown = bytes.subarray(0, 32).toHex();
  console.log(`[binary, ${bytes.length}] ${shown}${bytes.length > 32 ? "…" : ""}`);
};

let failed = false;
socket.onerror = (event) => {
  failed = true;
  const message = event instanceof ErrorEvent ? event.message : "error";
  console.error(`Cannot talk to ${url}: ${harmless(message)}`);
};

socket.onclose = ({ code, reason }) => {
  console.error(`Closed with ${code || "no code"}${reason === "" ? "" : `: ${harmless(reason)}`}`);
  // The terminal would be waited for otherwise.
  Deno.exit(failed || code !== 1000 ? 1 : 0);
};
