import { useSignal } from "@preact/signals";
import { figures } from "./figures.ts";
import type { TestSocket } from "./test_socket.ts";

/** The largest that MAX_MESSAGE_BYTES can be; more could not be meant. */
const FILE_BYTES_MAX = 16_777_216;

/** Sends a text, or a file as one binary message. */
export function SendForm(
  { socket, sample }: { readonly socket: TestSocket; readonly sample: string },
) {
  const text = useSignal(sample);
  const fault = useSignal("");
  const open = socket.state.value.kind === "open";
  const send = (event: Event) => {
    event.preventDefault();
    socket.send(text.value);
  };
  const sendFile = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    if (file === undefined) return;
    fault.value = await fileFault(file, socket);
    // So that the same file can be chosen again.
    input.value = "";
  };
  return (
    <form class="panel" onSubmit={send}>
      <label class="field is-wide">
        Message
        <textarea
          rows={2}
          spellcheck={false}
          aria-describedby="send-hint"
          value={text}
          onInput={(event) => text.value = event.currentTarget.value}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
          }}
        />
      </label>
      <button type="submit" disabled={!open}>Send text</button>
      <label class={open ? "file-button" : "file-button is-disabled"}>
        Send file
        <input
          type="file"
          class="visually-hidden"
          disabled={!open}
          aria-describedby="send-hint"
          onChange={(event) => sendFile(event.currentTarget)}
        />
      </label>
      <p id="send-hint" class="hint">
        Ctrl+Enter sends. A file is one binary message; the server takes up to 65,536 bytes unless
        configured otherwise.
      </p>
      {fault.value !== "" && <p class="fault" role="alert">{fault}</p>}
    </form>
  );
}

/** Sends the file; returns why it could not, or nothing. */
async function fileFault(file: File, socket: TestSocket): Promise<string> {
  if (file.size > FILE_BYTES_MAX) {
    return `Cannot send ${file.name}: must have at most ${figures.bytes(FILE_BYTES_MAX)}, has ${
      figures.bytes(file.size)
    }`;
  }
  try {
    socket.send(await file.arrayBuffer());
    return "";
  } catch (error) {
    return `Cannot read ${file.name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
