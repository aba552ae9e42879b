import * as v from "valibot";
import { base64Schema } from "../base64_text.ts";
import { arrayLiteral } from "./array_literal.ts";
import type { Database, Fragment, Sql } from "./client.ts";

/** What was said: a text, or bytes; bytes with a name are a file. */
export type ChatContent =
  | { readonly kind: "text"; readonly text: string }
  | {
    readonly kind: "binary";
    readonly data: Uint8Array<ArrayBuffer>;
    readonly name?: string | undefined;
    readonly mediaType?: string | undefined;
  };

/** One thing that somebody said in a room. */
export interface ChatMessage {
  /** A version 7 UUID; ids ascend in the order in which things were said. */
  readonly id: string;
  readonly room: string;
  readonly username: string;
  /** When it was said, in milliseconds since the unix epoch. */
  readonly timeMs: number;
  readonly content: ChatContent;
}

/** A message on its way into the table. */
export interface NewChatMessage extends ChatMessage {
  /** Chosen by the client: the room keeps one message of each key. */
  readonly key?: string | undefined;
}

/** How the table has a message. */
export interface KeptMessage {
  /** Its id there. */
  readonly id: string;
  /** Whether it was there before, as an earlier message with the same key. */
  readonly isEarlier: boolean;
  /** The id before it in its room, `OLDEST_ID` for the first, where several servers write and it is known. */
  readonly previous?: string | undefined;
}

/** Which messages of a room to read: the newest that lie between two ids. */
export interface HistoryQuery {
  readonly room: string;
  readonly limit: number;
  /** Exclusive. */
  readonly before?: string | undefined;
  /** Exclusive. */
  readonly after?: string | undefined;
}

/** Messages of one room, oldest first. */
export interface HistoryPage {
  readonly messages: readonly ChatMessage[];
  /** Whether older ones would have fitted the query, but for its limit or the page's bytes. */
  readonly more: boolean;
}

/** What one page may hold, bytes in base64; a single message may be larger. More than one frame takes. */
const PAGE_BYTES_MAX = 512 * 1024;
const NEWEST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";
/** Below every id. */
export const OLDEST_ID = "00000000-0000-0000-0000-000000000000";

const rowSchema = v.pipe(
  v.object({
    id: v.pipe(v.string(), v.uuid()),
    username: v.string(),
    timeMs: v.number(),
    content: v.nullable(v.string()),
    data: v.nullable(v.pipe(base64Schema, v.transform((text) => Uint8Array.fromBase64(text)))),
    name: v.nullable(v.string()),
    mediaType: v.nullable(v.string()),
    available: v.number(),
  }),
  v.transform(({ id, username, timeMs, available, ...parts }) => {
    return { id, username, timeMs, available, content: contentOf(parts) };
  }),
);
const idRowSchema = v.object({ id: v.nullable(v.string()) });
const keptRowSchema = v.object({ id: v.string(), room: v.string(), key: v.nullable(v.string()) });

/** The connections of a store: one database twice where readers and writers do not mind each other. */
export interface ChatDatabases {
  /** For what has to be kept, and whether it can be. */
  readonly writes: Database;
  /** For the history. */
  readonly reads: Database;
}

/** Reads and writes `quotewire_chat_messages`. */
export class ChatStore {
  readonly #databases: ChatDatabases;

  constructor(databases: ChatDatabases) {
    this.#databases = databases;
  }

  /** The highest id in the table. Fails where there is no table to write to. */
  async newestId(deadlineMs: number): Promise<string | undefined> {
    const rows = await this.#databases.writes.query(
      "look at the chat's history",
      deadlineMs,
      (sql) =>
        sql`
        select (select id::text from quotewire_chat_messages order by id desc limit 1) as id`,
    );
    return v.parse(idRowSchema, rows[0]).id ?? undefined;
  }

  /**
   * Writes messages, and returns how the table now has each: itself, or an earlier message with the same
   * key in the room. Writing the same messages again is harmless.
   *
   * @param _onIds in a store that changes ids: told those under which it tries next to write them
   * @throws {DeadlineError} when Postgres takes longer; the messages may be written all the same
   * @throws the driver's error when Postgres cannot be reached or cannot write now
   */
  async append(
    messages: readonly NewChatMessage[],
    deadlineMs: number,
    _onIds?: (ids: readonly string[]) => void,
  ): Promise<readonly KeptMessage[]> {
    let kept = await this.#write(messages, deadlineMs);
    // What another server wrote under the same key in the same instant is visible to a second look only.
    if (!messages.every((message) => kept.has(identityOf(message)))) {
      kept = await this.#write(messages, deadlineMs);
    }
    return messages.map((message) => {
      const id = kept.get(identityOf(message)) ?? message.id;
      return { id, isEarlier: id !== message.id };
    });
  }

  /** @throws the driver's error, or `DeadlineError`, when Postgres does not answer */
  async read(query: HistoryQuery, deadlineMs: number): Promise<HistoryPage> {
    const found = await this.#databases.reads.query(
      "read the chat's history",
      deadlineMs,
      (sql) =>
        sql`
        select id::text, username, content, translate(encode(data, 'base64'), E'\\n', '') as data, name,
          media_type as "mediaType", round(extract(epoch from said_at) * 1000)::float8 as "timeMs",
          available
        from (
          select *, count(*) over ()::int as available,
            sum(coalesce((octet_length(data) + 2) / 3 * 4, octet_length(content)))
              over (order by id desc) as bytes,
            row_number() over (order by id desc) as position
          from (
            select * from quotewire_chat_messages
            where room = ${query.room}
              and id < ${query.before ?? NEWEST_ID}::text::uuid
              and id > ${query.after ?? OLDEST_ID}::text::uuid
            order by id desc
            limit ${query.limit + 1}
          ) newest
        ) numbered
        where position <= ${query.limit} and (bytes <= ${PAGE_BYTES_MAX} or position = 1)
        order by id`,
    );
    const rows = v.parse(v.array(rowSchema), found);
    return {
      messages: rows.map(({ available: _, ...row }) => ({ ...row, room: query.room })),
      more: (rows[0]?.available ?? 0) > rows.length,
    };
  }

  /** Writes what is not there yet, and returns the ids of all of it by identity. */
  async #write(
    messages: readonly NewChatMessage[],
    deadlineMs: number,
  ): Promise<Map<string, string>> {
    const found = await this.#databases.writes.query("keep what was said", deadlineMs, (sql) =>
      sql`
        with said as materialized (
          ${saidRows(sql, messages)}
        ),
        written as (
          insert into quotewire_chat_messages
            (id, room, username, content, data, name, media_type, key, said_at)
          select id, room, username, content, decode(data, 'base64'), name, media_type, key,
            to_timestamp(time_ms / 1000)
          from said
          on conflict do nothing
          returning id, room, key
        )
        select id::text, room, key from written
        union all
        select earlier.id::text, room, key
        from said join quotewire_chat_messages earlier using (room, key)
        union all
        select id::text, earlier.room, earlier.key
        from said join quotewire_chat_messages earlier using (id)`);
    return new Map(v.parse(v.array(keptRowSchema), found).map((row) => [identityOf(row), row.id]));
  }
}

/** Messages as the rows of a statement: `id, room, username, content, data, name, media_type, key, time_ms`. */
export function saidRows(sql: Sql, messages: readonly NewChatMessage[]): Fragment {
  const column = (valueOf: (message: NewChatMessage) => string | number | null) =>
    arrayLiteral(messages.map(valueOf));
  return sql`
    select * from unnest(
      ${column(({ id }) => id)}::text::uuid[],
      ${column(({ room }) => room)}::text::text[],
      ${column(({ username }) => username)}::text::text[],
      ${column(({ content }) => storedText(content))}::text::text[],
      ${column(({ content }) => storedData(content))}::text::text[],
      ${column(({ content }) => fileOf(content)?.name ?? null)}::text::text[],
      ${column(({ content }) => fileOf(content)?.mediaType ?? null)}::text::text[],
      ${column(({ key }) => key ?? null)}::text::text[],
      ${column(({ timeMs }) => timeMs)}::text::float8[]
    ) as said (id, room, username, content, data, name, media_type, key, time_ms)`;
}

/** What a message cannot share with another: its key in the room, or else its id. */
function identityOf(
  { id, room, key }: { id: string; room: string; key?: string | null | undefined },
): string {
  return key === undefined || key === null ? id : `${key} ${room}`;
}

/** Postgres' texts have no NUL, which a relay may send. */
function storedText(content: ChatContent): string | null {
  return content.kind === "text" ? content.text.replaceAll("\0", "\ufffd") : null;
}

function storedData(content: ChatContent): string | null {
  return content.kind === "binary" ? content.data.toBase64() : null;
}

function fileOf(content: ChatContent) {
  return content.kind === "binary" ? content : undefined;
}

function contentOf(parts: {
  content: string | null;
  data: Uint8Array<ArrayBuffer> | null;
  name: string | null;
  mediaType: string | null;
}): ChatContent {
  if (parts.data === null) return { kind: "text", text: parts.content ?? "" };
  return {
    kind: "binary",
    data: parts.data,
    ...(parts.name === null ? {} : { name: parts.name }),
    ...(parts.mediaType === null ? {} : { mediaType: parts.mediaType }),
  };
}
