import { BubbleIcon } from "./chat_icons.tsx";
import type { ChatStore } from "./chat_store.ts";

/** Shows and hides the panel, and says how much nobody has read. */
export function ChatToggle({ chat }: { readonly chat: ChatStore }) {
  const isOpen = chat.isOpen.value;
  const unread = chat.unread.value;
  return (
    <button
      type="button"
      id="chat-toggle"
      class="chat-toggle"
      aria-expanded={isOpen}
      aria-controls="chat"
      onClick={() => isOpen ? chat.close() : chat.open()}
    >
      <BubbleIcon />
      <span class="bar-label">Chat</span>
      {unread > 0 && <UnreadBadge count={unread} />}
    </button>
  );
}

const SHOWN_MAX = 99;

/** How much nobody has read. */
export function UnreadBadge({ count }: { readonly count: number }) {
  return (
    <span class="badge">
      {count > SHOWN_MAX ? `${SHOWN_MAX}+` : count}
      <span class="visually-hidden">unread</span>
    </span>
  );
}
