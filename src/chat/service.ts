import type { Backbone } from "../backbone/backbone.ts";
import { ChatStore } from "../db/chat_store.ts";
import { Database } from "../db/client.ts";
import { SharedChatStore } from "../db/shared_chat_store.ts";
import { type Closable, closeAll } from "../lifecycle.ts";
import type { MetricWriter } from "../metrics.ts";
import { ChatDesk } from "./desk.ts";

/** A server's chat. */
export interface ChatService extends Closable {
  readonly desk: ChatDesk;
}

/** One writes, the others read. */
const CONNECTIONS_MAX = 3;

/** Opens the chat on a database. @param backbone left out where this server shares its rooms with no other */
export function openChat(
  databaseUrl: string,
  backbone: Backbone | undefined,
  counters: MetricWriter,
): ChatService {
  const database = new Database({
    url: databaseUrl,
    connectionsMax: CONNECTIONS_MAX,
    applicationName: "quotewire chat",
  });
  const desk = backbone === undefined
    ? new ChatDesk(new ChatStore(database))
    : sharedDesk(database, backbone, counters);
  return { desk, close: () => closeAll([database, desk]) };
}

function sharedDesk(database: Database, backbone: Backbone, counters: MetricWriter): ChatDesk {
  const store = new SharedChatStore(database);
  return new ChatDesk(store, { backbone, store, counters });
}
