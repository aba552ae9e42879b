import type { SessionLimits } from "../config.ts";
import type { Backbone } from "../backbone/backbone.ts";
import { type ChatDatabases, ChatStore } from "../db/chat_store.ts";
import { Database } from "../db/client.ts";
import { SharedChatStore } from "../db/shared_chat_store.ts";
import { type Closable, closeAll } from "../lifecycle.ts";
import type { MetricWriter } from "../metrics.ts";
import { CHAT_LIMITS } from "../session/chat_protocol.ts";
import { ChatDesk, type DeskLimits, type SharedChat } from "./desk.ts";
import { READS_MAX } from "./read_queue.ts";

/** A server's chat. */
export interface ChatService extends Closable {
  readonly desk: ChatDesk;
}

/** One writes, the other looks whether that is possible. */
const WRITE_CONNECTIONS_MAX = 2;

/**
 * Opens the chat on a database.
 *
 * @param sessionLimits an address may have opened as many rooms as it may have sockets, and those of one connection
 * @param backbone left out where this server shares its rooms with no other
 */
export function openChat(
  databaseUrl: string,
  sessionLimits: SessionLimits,
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
  const databases = { writes, reads };
  const limits: DeskLimits = {
    roomsPerAddressMax: Math.max(sessionLimits.sessionsPerIpMax, CHAT_LIMITS.roomsMax),
    sendBufferBytesMax: sessionLimits.sendBufferBytesMax,
  };
  const desk = backbone === undefined
    ? new ChatDesk(new ChatStore(databases), limits)
    : sharedDesk(databases, limits, { backbone, counters });
  const connections = {
    // At once, since each may take its time where Postgres is mute.
    close: async () => {
      await Promise.all([writes.close(), reads.close()]);
    },
  };
  return { desk, close: () => closeAll([connections, desk]) };
}

function sharedDesk(
  databases: ChatDatabases,
  limits: DeskLimits,
  shared: Omit<SharedChat, "store">,
): ChatDesk {
  const store = new SharedChatStore(databases);
  return new ChatDesk(store, limits, { ...shared, store });
}
