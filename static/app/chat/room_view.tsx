import { useState } from "preact/hooks";
import { CHAT_LIMITS } from "../../../src/session/chat_protocol.ts";
import { ChatBanner } from "./chat_banner.tsx";
import type { ChatStore } from "./chat_store.ts";
import { Composer } from "./composer.tsx";
import { MessageLog } from "./message_log.tsx";
import { NameForm } from "./name_form.tsx";
import type { RoomStore } from "./room_store.ts";
import { sendFiles } from "./send_files.ts";

/** One room: who is there, what was said, and a place to say something. */
export function RoomView({ room, chat }: { readonly room: RoomStore; readonly chat: ChatStore }) {
  const [isDropping, setDropping] = useState(false);
  return (
    <section
      class={isDropping ? "chat-room is-dropping" : "chat-room"}
      aria-label={room.label}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={(event) => {
        const to = event.relatedTarget;
        if (!(to instanceof Node && event.currentTarget.contains(to))) setDropping(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setDropping(false);
        sendFiles(room, event.dataTransfer?.files);
      }}
    >
      <RoomBar room={room} chat={chat} />
      <ChatBanner room={room} chat={chat} />
      <MessageLog room={room} />
      {room.state.value.phase === "refused"
        ? <Refused room={room} chat={chat} />
        : <Composer room={room} chat={chat} />}
    </section>
  );
}

function RoomBar({ room, chat }: { readonly room: RoomStore; readonly chat: ChatStore }) {
  const { count, users } = room.presence.value;
  const isJoined = room.state.value.phase === "joined" && count > 0;
  return (
    <div class="room-bar">
      <details class="presence">
        <summary>{isJoined ? whoText(count) : "Not in the room at the moment"}</summary>
        <ul>
          {users.map((user) => <li key={user}>{user}</li>)}
          {count > users.length && <li>and {count - users.length} more</li>}
        </ul>
      </details>
      <button type="button" class="plain" onClick={() => chat.leave(room)}>
        Leave<span class="visually-hidden">{room.label}</span>
      </button>
    </div>
  );
}

function anotherName(username: string): string {
  const end = "-2";
  return `${username.slice(0, CHAT_LIMITS.usernameMax - end.length)}${end}`;
}

function whoText(count: number): string {
  return count === 1 ? "1 person here" : `${count} people here`;
}

function Refused({ room, chat }: { readonly room: RoomStore; readonly chat: ChatStore }) {
  const state = room.state.value;
  if (state.phase !== "refused") return null;
  if (state.code !== "username_taken") {
    return <p class="chat-refused problem" role="alert">{state.message}</p>;
  }
  return (
    <div class="chat-refused">
      <p role="alert">
        Somebody in {room.label} has the name{" "}
        <strong>{state.username}</strong>: another person, or you in another window.
      </p>
      <NameForm
        label="Another name"
        action="Join"
        initial={anotherName(state.username ?? "")}
        submit={(name) => chat.choose(name, { isStandIn: true })}
      />
    </div>
  );
}
