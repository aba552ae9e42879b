/** Limits of sessions that a test reaches soon. */
export const LIMITS = {
  sessionsMax: 2,
  sessionsPerIpMax: 2,
  messagesPerSecondMax: 20,
  chatBytesPerSecondMax: 65_536,
  messageBytesMax: 1024,
  sendBufferBytesMax: 65_536,
  slowClientDeadlineMs: 1000,
  idleTimeoutMs: 30_000,
};
