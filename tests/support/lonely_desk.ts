import { ChatDesk } from "../../src/chat/desk.ts";
import { ChatStore } from "../../src/db/chat_store.ts";
import { Database } from "../../src/db/client.ts";

/** A chat desk whose database is away for ever, for what needs a worker but no history. */
export function lonelyDesk(): ChatDesk {
  const database = new Database({
    url: "postgres://nobody@127.0.0.1:1/nothing",
    connectionsMax: 1,
    applicationName: "quotewire test chat",
  });
  const store = new ChatStore({ writes: database, reads: database });
  return new ChatDesk(store, { roomsPerAddressMax: 1000, sendBufferBytesMax: 1024 * 1024 });
}
