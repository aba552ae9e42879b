import type { ChatStore } from "./chat_store.ts";
import type { RoomStore } from "./room_store.ts";

/** Says that the connection is lost, or that nothing is kept. */
export function ChatBanner({ room, chat }: { readonly room: RoomStore; readonly chat: ChatStore }) {
  const link = chat.link.value;
  const state = room.state.value;
  if (link.phase === "stopped") {
    const why = link.reason.kind === "closed" ? link.reason.reason : "it was stopped";
    return (
      <Banner
        text={`Disconnected: ${why}.`}
        action="Connect again"
        act={() => chat.connectNow()}
      />
    );
  }
  if (link.phase === "reconnecting" || link.phase === "stale") {
    const text = "Connection lost. What you write is sent when it is back.";
    return <Banner text={text} action="Reconnect now" act={() => chat.connectNow()} />;
  }
  if (state.phase === "joined" && !state.kept) {
    const text = "The history is not being kept: what is said now is gone when you leave.";
    return <Banner text={text} />;
  }
  return null;
}

function Banner(
  { text, action, act }: { readonly text: string; readonly action?: string; act?(): void },
) {
  return (
    <div class="chat-banner" aria-live="polite">
      <p>{text}</p>
      {act !== undefined && <button type="button" onClick={act}>{action}</button>}
    </div>
  );
}
