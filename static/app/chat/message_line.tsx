import { useEffect, useState } from "preact/hooks";
import { byteSize } from "./byte_size.ts";
import { FileIcon } from "./chat_icons.tsx";
import type { ChatLine, SpokenBody, SpokenLine } from "./chat_line.ts";
import { chatTime } from "./chat_time.ts";
import type { RoomStore } from "./room_store.ts";

/** One line of a room. Everything received is shown as text. */
export function MessageLine(
  { line, isContinued, room }: {
    readonly line: ChatLine;
    /** Whether it goes on where the line before ended, so that name and time need not be said again. */
    readonly isContinued: boolean;
    readonly room: RoomStore;
  },
) {
  if (line.kind === "notice") return <li class="notice">{line.text}</li>;
  const classes = [
    "line",
    line.isOwn ? "is-own" : "is-other",
    ...(isContinued ? ["is-continued"] : []),
    ...(line.status === undefined ? [] : [`is-${line.status.phase}`]),
  ];
  return (
    <li class={classes.join(" ")}>
      <p class={isContinued ? "visually-hidden" : "line-head"}>
        <span class="speaker">{line.isOwn ? `${line.username} (you)` : line.username}</span>{" "}
        <time dateTime={chatTime.iso(line.timeMs)} title={chatTime.whole(line.timeMs)}>
          {chatTime.time(line.timeMs)}
        </time>
      </p>
      <div class="line-body">
        {line.body.kind === "text" ? line.body.text : <FileLink body={line.body} />}
      </div>
      <Status line={line} room={room} />
    </li>
  );
}

function Status({ line, room }: { readonly line: SpokenLine; readonly room: RoomStore }) {
  const { status } = line;
  if (status === undefined) return null;
  switch (status.phase) {
    case "pending":
      // With a connection it takes a blink, in which nothing should move.
      return (
        <p class={room.state.value.phase === "joined" ? "visually-hidden" : "line-status"}>
          Sending…
        </p>
      );
    case "sent":
      return status.stored
        ? <p class="visually-hidden">Sent</p>
        : <p class="line-status">Sent, not kept</p>;
    case "failed":
      return (
        <p class="line-status">
          {status.message}{" "}
          <button type="button" class="plain" onClick={() => room.retry(line)}>Try again</button>
          {" "}
          <button type="button" class="plain" onClick={() => room.discard(line.key)}>
            Discard
          </button>
        </p>
      );
  }
}

/** Lets a file be saved; whatever it says that it is, nothing of it is ever shown. */
function FileLink({ body }: { readonly body: Extract<SpokenBody, { kind: "file" }> }) {
  const { bytes, name } = body;
  const [url, setUrl] = useState<string | undefined>(undefined);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  return (
    <a
      class="file"
      {...(url === undefined ? {} : { href: url })}
      download={name}
      title={`Save ${name}`}
    >
      <FileIcon />
      <span class="file-name">{name}</span>
      <span class="file-size">{byteSize(bytes.length)}</span>
    </a>
  );
}
