import type { ChatClient } from "../../../src/client/chat_client.ts";
import type { PageStorage } from "../page_storage.ts";

/** Of the session whose names a reloaded page may take over. */
const KEY = "quotewire.chat.session";

/**
 * Takes what the page before this one in the same tab has left. It is left only on the way out and taken
 * once, so that a tab that was duplicated does not end the session of the first one.
 */
export function takeFormerSession(storage: PageStorage): string | undefined {
  try {
    const session = storage.getItem(KEY) ?? undefined;
    storage.removeItem(KEY);
    return session;
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

/** Leaves the session for the page that comes next in this tab. */
export function leaveSession(
  storage: PageStorage,
  page: Pick<Window, "addEventListener">,
  client: ChatClient,
): void {
  page.addEventListener("pagehide", () => {
    const { sessionId } = client;
    if (sessionId === undefined) return;
    try {
      storage.setItem(KEY, sessionId);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  });
  // The page was only put aside, and its session lives on.
  page.addEventListener("pageshow", (event) => {
    if (event.persisted) takeFormerSession(storage);
  });
}
