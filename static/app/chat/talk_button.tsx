import { BubbleIcon } from "./chat_icons.tsx";
import type { ChatStore } from "./chat_store.ts";
import { symbolRoom } from "./room_label.ts";

/** Leads from a price to the room in which its symbol is talked about. */
export function TalkButton(
  { symbol, chat, tabIndex = 0 }: {
    readonly symbol: string;
    readonly chat: ChatStore;
    /** -1 where other keys than Tab lead here. */
    readonly tabIndex?: number;
  },
) {
  if (symbolRoom(symbol) === undefined) return null;
  const label = `Talk about ${symbol}`;
  return (
    <button
      type="button"
      class="talk"
      aria-label={label}
      title={label}
      tabIndex={tabIndex}
      onClick={() => chat.talkAbout(symbol)}
    >
      <BubbleIcon />
    </button>
  );
}
