import { useEffect, useRef } from "preact/hooks";
import { CloseIcon } from "./chat_icons.tsx";
import type { ChatStore } from "./chat_store.ts";
import { NameForm } from "./name_form.tsx";
import { RoomList } from "./room_list.tsx";
import { RoomView } from "./room_view.tsx";

/** The chat at the side of the page, while it is open. */
export function ChatPanel({ chat }: { readonly chat: ChatStore }) {
  return chat.isOpen.value ? <OpenPanel chat={chat} /> : null;
}

function OpenPanel({ chat }: { readonly chat: ChatStore }) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    // A form in it may have taken the focus already.
    if (panel.current?.contains(document.activeElement) === false) panel.current.focus();
    return () => document.getElementById("chat-toggle")?.focus();
  }, []);
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      class="chat-panel"
      aria-label="Chat"
      onKeyDown={(event) => {
        if (event.key === "Escape") chat.close();
      }}
    >
      <header class="chat-head">
        <h2>Chat</h2>
        <button
          type="button"
          class="plain"
          aria-label="Close chat"
          title="Close (Escape)"
          onClick={() => chat.close()}
        >
          <CloseIcon />
        </button>
      </header>
      {chat.username.value === undefined ? <Welcome chat={chat} /> : <Rooms chat={chat} />}
    </aside>
  );
}

function Welcome({ chat }: { readonly chat: ChatStore }) {
  return (
    <div class="chat-welcome">
      <p>Talk with everybody who watches these prices. Choose the name that they will see.</p>
      <NameForm label="Your name" action="Join" initial="" submit={(name) => chat.choose(name)} />
    </div>
  );
}

function Rooms({ chat }: { readonly chat: ChatStore }) {
  const room = chat.current.value;
  return (
    <>
      <RoomList chat={chat} />
      {room === undefined
        ? <p class="chat-welcome">You are in no room. Join one above.</p>
        : <RoomView key={room.name} room={room} chat={chat} />}
    </>
  );
}
