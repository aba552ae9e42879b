import type { CountedSocket } from "./counted_socket.ts";
import type { SendBuffers } from "./send_buffers.ts";
import { afterClose, waitingIn, whenGone } from "./socket_end.ts";
import type { Visitor } from "./visitor.ts";

/** A socket that is looked at now and then. */
export interface WatchedSocket {
  readonly socket: WebSocket;
  /** The same, for what is sent. */
  readonly outlet: Pick<CountedSocket, "sentBytes">;
  readonly visitor: Pick<Visitor, "address">;
  /** What was seen to wait in it. */
  bufferedBytes: number;
  /** What had been sent over it then. */
  sentBytesSeen: number;
}

/** What waits in the sockets of a group, and in those that its sessions have left and nobody could close. */
export class WaitingBytes {
  readonly #buffers: Pick<SendBuffers, "moved">;
  #endedBytes = 0;

  constructor(buffers: Pick<SendBuffers, "moved">) {
    this.#buffers = buffers;
  }

  /** Of the sockets whose sessions have ended. */
  get endedBytes(): number {
    return this.#endedBytes;
  }

  /** Looks at a socket. Of one that is not open Deno says 0, and it is what was seen before that. */
  see(one: WatchedSocket): number {
    if (one.socket.readyState !== WebSocket.OPEN) return one.bufferedBytes;
    one.sentBytesSeen = one.outlet.sentBytes;
    return this.#set(one, one.socket.bufferedAmount);
  }

  /**
   * Deno has closed the socket by itself and says nothing more of it. What was seen to wait, and all that was
   * sent from then until the close, may wait: never too little, and too much by what the client took meanwhile.
   */
  lost(one: WatchedSocket): void {
    const unseenBytes = one.outlet.sentBytes - one.sentBytesSeen;
    one.sentBytesSeen = one.outlet.sentBytes;
    this.#set(one, one.bufferedBytes + unseenBytes);
  }

  /** The session is over; what waits in its socket does so until that is gone. @param close if it is closed */
  leave(one: WatchedSocket, close: CloseEvent | undefined): void {
    const bytes = this.#set(one, Math.max(one.bufferedBytes, waitingIn(one.socket)));
    if (bytes === 0) return;
    this.#endedBytes += bytes;
    const gone = () => {
      this.#endedBytes -= bytes;
      this.#set(one, 0);
    };
    if (close === undefined) whenGone(one.socket, gone);
    else afterClose(one.socket, close, gone);
  }

  #set(one: WatchedSocket, bytes: number): number {
    this.#buffers.moved(one.visitor.address, one.bufferedBytes, bytes);
    one.bufferedBytes = bytes;
    return bytes;
  }
}
