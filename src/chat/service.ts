import type { Backbone } from "../backbone/backbone.ts";
import { type ChatDatabases, ChatStore } from "../db/chat_store.ts";
import { Database } from "../db/client.ts";
import { SharedChatStore } from "../db/shared_chat_store.ts";
import { type Closable, closeAll } from "../lifecycle.ts";
import type { MetricWriter } from "../metrics.ts";
import { ChatDesk } from "./desk.ts";
import { READS_MAX } from "./read_queue.ts";

/** A server's chat. */
export interface ChatService extends Closable {
  readonly desk: ChatDesk;
}

/** One writes, the other looks whether that is possible. */
const WRITE_CONNECTIONS_MAX = 2;

/** Opens the chat on a database. @param backbone left out where this server shares its rooms with no other */
export function openChat(
  databaseUrl: string,
  backbone: Backbone | undefined,
  counters: MetricWriter,
): ChatService {
  const writes = new Database({
    url: databaseUrl,
    connectionsMax: WRITE_CONNECTIONS_MAX,
    applicationName: "quotewire chat",
  });
  // Of their own, because a read that is late costs all connections of its `Database`.
  const reads = new Database({
    url: databaseUrl,
    connectionsMax: READS_MAX,
    applicationName: "quotewire chat reads",
  });
  const desk = openDesk({ writes, reads }, backbone, counters);
  return { desk, close: () => closeAll([writes, reads, desk]) };
}

function openDesk(
  databases: ChatDatabases,
  backbone: Backbone | undefined,
  counters: MetricWriter,
): ChatDesk {
  if (backbone === undefined) return new ChatDesk(new ChatStore(databases));
  const store = new SharedChatStore(databases);
  return new ChatDesk(store, { backbone, store, counters });
}
