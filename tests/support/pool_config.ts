import type { PoolConfig } from "../../src/server/worker_pool.ts";

/** A pool on loopback with ordinary limits, and whatever a test wants different. */
export function aPoolConfig(different: Partial<PoolConfig>): PoolConfig {
  return {
    host: "127.0.0.1",
    port: 0,
    workers: 1,
    limits: {
      sessionsMax: 1000,
      sessionsPerIpMax: 1000,
      messagesPerSecondMax: 20,
      chatBytesPerSecondMax: 65_536,
      messageBytesMax: 65_536,
      sendBufferBytesMax: 1_048_576,
      slowClientDeadlineMs: 30_000,
      idleTimeoutMs: 30_000,
    },
    memoryBytesMax: 2 ** 40,
    allowedOrigins: [],
    allowedHosts: [],
    trustedProxies: [],
    log: { level: "error", format: "text" },
    shutdownDeadlineMs: 5000,
    ...different,
  };
}
