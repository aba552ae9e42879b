import { BubbleIcon } from "./chat_icons.tsx";
import type { ChatStore } from "./chat_store.ts";
import { symbolRoom } from "./room_label.ts";

/** Leads from a price to the room in which its symbol is talked about. */
export function TalkButton(
  { symbol, chat }: { readonly symbol: string; readonly chat: ChatStore },
) {
  if (symbolRoom(symbol) === undefined) return null;
  const label = `Talk about ${symbol}`;
  return (
    <button
      type="button"
      class="talk"
      aria-label={label}
      title={label}
      onClick={() => chat.talkAbout(symbol)}
    >
      <BubbleIcon />
    </button>
  );
}
