import * as v from "valibot";
import { arrayLiteral } from "./array_literal.ts";
import {
  type ChatDatabases,
  ChatStore,
  type KeptMessage,
  type NewChatMessage,
  OLDEST_ID,
  saidRows,
} from "./chat_store.ts";

/** The characters of a version 7 UUID that hold its time, 48 bits. */
const TIME_LENGTH = 13;
/** Where the part of an id begins that no turn changes: 62 bits, 42 of them random. */
const LASTING_FROM = 19;

/** Turns that may fail because another server was quicker; the next gives out other ids in any case. */
const QUICK_TURNS_MAX = 3;

const keptRowSchema = v.object({
  id: v.string(),
  room: v.string(),
  key: v.string(),
  isNew: v.boolean(),
  previous: v.nullable(v.string()),
});
const newestRowSchema = v.object({ id: v.null(), room: v.string(), newest: v.string() });
const turnRowSchema = v.union([keptRowSchema, newestRowSchema]);
const roomRowSchema = v.object({ room: v.string() });

type KeptRow = v.InferOutput<typeof keptRowSchema>;
type Proposal = NewChatMessage & { readonly key: string };

/** What a turn found and did. */
interface Turn {
  /** By identity. */
  readonly kept: ReadonlyMap<string, KeptRow>;
  /** The last id of each room before it, as far as it was visible. */
  readonly newest: ReadonlyMap<string, string>;
}

/**
 * `quotewire_chat_messages` for several servers that share one chat. They write to a room in turns: who
 * writes holds the lock on the room's row in `quotewire_chat_rooms` until the commit, and gives out ids
 * above all that were given out before. So the ids of a room ascend in the order in which its messages
 * became visible, over all servers and whatever their clocks: whoever has read up to an id has missed
 * nothing below it.
 */
export class SharedChatStore extends ChatStore {
  readonly #databases: ChatDatabases;

  constructor(databases: ChatDatabases) {
    super(databases);
    this.#databases = databases;
  }

  /**
   * As in `ChatStore`, in turns: at most four, and `deadlineMs` for each. A message whose id is not above
   * the room's last gets another. So what a turn writes that ran late is either under the last id that
   * `onIds` was told, or not written at all; but for the fourth, which takes what the room's last id
   * leaves, and whose late message nobody knows the id of.
   */
  override async append(
    messages: readonly NewChatMessage[],
    deadlineMs: number,
    onIds: (ids: readonly string[]) => void = () => {},
  ): Promise<readonly KeptMessage[]> {
    const kept = new Map<string, KeptRow>();
    // A key, by which a message is found again when the answer to a first attempt was lost.
    const all = messages.map((message): Proposal => ({
      ...message,
      key: message.key ?? message.id,
    }));
    let missing: readonly Proposal[] = all;
    for (let turns = 0; missing.length > 0 && turns <= QUICK_TURNS_MAX; turns += 1) {
      const turn = await this.#takeTurn(missing, turns === QUICK_TURNS_MAX, deadlineMs);
      for (const [identity, row] of turn.kept) kept.set(identity, row);
      missing = higher(missing.filter((message) => !kept.has(identityOf(message))), turn.newest);
      onIds(latestIds(all, [...kept.values(), ...missing]));
    }
    const lastIds = new Map<string, string>();
    return all.map((message) => {
      const row = kept.get(identityOf(message));
      if (row === undefined || lastingPart(row.id) !== lastingPart(message.id)) {
        return { id: row?.id ?? message.id, isEarlier: true };
      }
      // It was written by an attempt whose answer was lost: nobody knows any more what came before it.
      if (!row.isNew) return { id: row.id, isEarlier: false };
      const previous = lastIds.get(row.room) ?? row.previous ?? OLDEST_ID;
      lastIds.set(row.room, row.id);
      return { id: row.id, isEarlier: false, previous };
    });
  }

  /**
   * Which of these rooms hold messages above the id that goes with each.
   *
   * @throws the driver's error, or `DeadlineError`, when Postgres does not answer
   */
  async roomsWithNews(
    positions: ReadonlyMap<string, string>,
    deadlineMs: number,
  ): Promise<readonly string[]> {
    const rooms = arrayLiteral([...positions.keys()]);
    const ids = arrayLiteral([...positions.values()]);
    const found = await this.#databases.reads.query(
      "look for what others said",
      deadlineMs,
      (sql) =>
        sql`
        select room from unnest(${rooms}::text::text[], ${ids}::text::uuid[]) as here (room, id)
        where exists (
          select from quotewire_chat_messages said where said.room = here.room and said.id > here.id
        )`,
    );
    return v.parse(v.array(roomRowSchema), found).map(({ room }) => room);
  }

  /**
   * Rooms are locked in one order by all servers, lest two wait for each other.
   *
   * @param mayMove whether messages get later ids where theirs are too low; else these are not written.
   * The ids of each room MUST then have one time.
   */
  async #takeTurn(
    messages: readonly Proposal[],
    mayMove: boolean,
    deadlineMs: number,
  ): Promise<Turn> {
    const found = await this.#databases.writes.query("keep what was said", deadlineMs, (sql) =>
      sql`
        with said as materialized (
          ${saidRows(sql, messages)}
        ),
        turns as (
          insert into quotewire_chat_rooms as turn (room, newest)
          select distinct on (room) room, id from said order by room, id desc
          on conflict (room) do update set
            previous = turn.newest,
            newest = case
              when (select id from said where said.room = turn.room order by id limit 1) > turn.newest
              then excluded.newest
              else (
                lpad(to_hex(
                  ('x' || replace(left(turn.newest::text, ${TIME_LENGTH}), '-', ''))::bit(48)::bigint + 1
                ), 12, '0')
                || substr(replace(excluded.newest::text, '-', ''), 13)
              )::uuid
            end
          where ${mayMove}::text::boolean
            or (select id from said where said.room = turn.room order by id limit 1) > turn.newest
          returning room, newest, previous
        ),
        written as (
          insert into quotewire_chat_messages
            (id, room, username, content, data, name, media_type, key, said_at)
          select
            case when ${mayMove}::text::boolean
              then (left(newest::text, ${TIME_LENGTH}) || substr(id::text, ${
        TIME_LENGTH + 1
      }))::uuid
              else id end,
            room, username, content, decode(data, 'base64'), name, media_type, key,
            to_timestamp(time_ms / 1000)
          from said join turns using (room)
          on conflict do nothing
          returning id, room, key
        )
        select id::text, room, key, true as "isNew", previous::text, null as newest
        from written join turns using (room)
        union all
        select earlier.id::text, room, key, false, null, null
        from said join quotewire_chat_messages earlier using (room, key)
        union all
        select null, room, null, null, null, before.newest::text
        from quotewire_chat_rooms before where room in (select room from said)`);
    const kept = new Map<string, KeptRow>();
    const newest = new Map<string, string>();
    for (const row of v.parse(v.array(turnRowSchema), found)) {
      if (row.id === null) newest.set(row.room, row.newest);
      else kept.set(identityOf(row), row);
    }
    return { kept, newest };
  }
}

/** What of a message's id is the same before and after its turn, and in no other. */
export function lastingPart(id: string): string {
  return id.slice(LASTING_FROM);
}

/** Gives the messages of each room ids of one time, in their order and above these. */
function higher(
  messages: readonly Proposal[],
  floors: ReadonlyMap<string, string>,
): readonly Proposal[] {
  const times = new Map(messages.map(({ room, id }) => {
    const floorMs = timeMsOf(floors.get(room) ?? id);
    return [room, Math.max(timeMsOf(id), floorMs + 1)];
  }));
  const counts = new Map<string, number>();
  return messages.map((message) => {
    const { room } = message;
    const count = counts.get(room) ?? 0;
    counts.set(room, count + 1);
    const time = (times.get(room) ?? 0).toString(16).padStart(12, "0");
    const order = count.toString(16).padStart(3, "0");
    const id = `${time.slice(0, 8)}-${time.slice(8)}-7${order}-${lastingPart(message.id)}`;
    return { ...message, id };
  });
}

/** The id of each message that it has or is to have by now. */
function latestIds(
  messages: readonly Proposal[],
  later: readonly { readonly id: string }[],
): readonly string[] {
  const ids = new Map(later.map(({ id }) => [lastingPart(id), id]));
  return messages.map(({ id }) => ids.get(lastingPart(id)) ?? id);
}

function timeMsOf(id: string): number {
  return Number.parseInt(id.slice(0, TIME_LENGTH).replace("-", ""), 16);
}

function identityOf({ room, key }: { readonly room: string; readonly key: string }): string {
  return `${key} ${room}`;
}
