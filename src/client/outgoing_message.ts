/** What a user says: text, or bytes, which with a name are a file. */
export type OutgoingContent =
  | { readonly kind: "text"; readonly content: string }
  | {
    readonly kind: "binary";
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly name: string | undefined;
    readonly mediaType: string | undefined;
  };

/** Something that this client says; the server does not send it back. */
export type OutgoingMessage = OutgoingContent & {
  /** Names it, and makes it safe to repeat. */
  readonly key: string;
  readonly room: string;
  /** When it was handed over, in milliseconds since the unix epoch. */
  readonly atMs: number;
};

/** What has become of it. */
export type OutgoingStatus =
  /** On its way, or waiting for a connection. */
  | { readonly phase: "pending" }
  /** The room has heard it; `timestamp` in unix seconds, `stored` whether it is in the history. */
  | {
    readonly phase: "sent";
    readonly id: string;
    readonly timestamp: number;
    readonly stored: boolean;
  }
  /** It will not be sent; the code is the server's, where the server refused it. */
  | {
    readonly phase: "failed";
    readonly code: string | undefined;
    readonly message: string;
  };
