import { useState } from "preact/hooks";
import { PlusIcon } from "./chat_icons.tsx";
import type { ChatStore } from "./chat_store.ts";
import { UnreadBadge } from "./chat_toggle.tsx";
import { NameForm } from "./name_form.tsx";
import type { RoomStore } from "./room_store.ts";

/** The rooms that the user is in, and the way into another. */
export function RoomList({ chat }: { readonly chat: ChatStore }) {
  const [isAdding, setAdding] = useState(false);
  const current = chat.current.value;
  return (
    <nav class="chat-rooms" aria-label="Rooms">
      <ul>
        {chat.rooms.value.map((room) => (
          <li key={room.name}>
            <RoomButton room={room} isCurrent={room === current} chat={chat} />
          </li>
        ))}
        <li>
          <button
            type="button"
            class="room-button"
            aria-label="Join another room"
            title="Join another room"
            aria-expanded={isAdding}
            onClick={() => setAdding(!isAdding)}
          >
            <PlusIcon />
          </button>
        </li>
      </ul>
      {isAdding && (
        <NameForm
          label="Room to join"
          action="Join"
          initial=""
          submit={(name) => {
            const problem = chat.join(name);
            if (problem === undefined) setAdding(false);
            return problem;
          }}
          cancel={() => setAdding(false)}
        />
      )}
    </nav>
  );
}

function RoomButton(
  { room, isCurrent, chat }: {
    readonly room: RoomStore;
    readonly isCurrent: boolean;
    readonly chat: ChatStore;
  },
) {
  const unread = room.unread.value;
  return (
    <button
      type="button"
      class="room-button"
      aria-current={isCurrent ? "true" : undefined}
      title={room.label}
      onClick={() => chat.show(room)}
    >
      <span class="room-label">{room.label}</span>
      {unread > 0 && <UnreadBadge count={unread} />}
    </button>
  );
}
