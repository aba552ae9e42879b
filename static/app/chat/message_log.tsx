import { Fragment } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { chatTime } from "./chat_time.ts";
import { MessageLine } from "./message_line.tsx";
import { continues, isSameDay } from "./room_lines.ts";
import type { RoomStore } from "./room_store.ts";

/** How far from the newest line, in pixels, counts as having left it. */
const AWAY_PX = 80;

/**
 * What was said in a room. The scroller's column is reversed, so that the browser itself keeps it at the
 * newest line, or wherever the reader has gone.
 */
export function MessageLog({ room }: { readonly room: RoomStore }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [isAway, setAway] = useState(false);
  const newest = room.lines.value.at(-1);
  const isSaying = newest?.kind === "spoken" && newest.status?.phase === "pending";
  const sayingKey = isSaying ? newest.key : undefined;
  useEffect(() => {
    if (sayingKey !== undefined) scroller.current?.scrollTo({ top: 0 });
  }, [sayingKey]);
  return (
    <div class="chat-log">
      <div
        ref={scroller}
        class="chat-scroller"
        tabIndex={0}
        onScroll={({ currentTarget }) => setAway(currentTarget.scrollTop < -AWAY_PX)}
      >
        <div>
          <Older room={room} />
          <div role="log" aria-live="polite" aria-label={`Messages in ${room.label}`}>
            <Lines room={room} />
          </div>
        </div>
      </div>
      {isAway && (
        <button
          type="button"
          class="to-newest"
          onClick={() => scroller.current?.scrollTo({ top: 0 })}
        >
          To the newest ↓
        </button>
      )}
    </div>
  );
}

function Lines({ room }: { readonly room: RoomStore }) {
  const lines = room.lines.value;
  const isEmpty = lines.length === 0 && room.state.value.phase === "joined";
  return (
    <>
      {isEmpty && <p class="chat-empty">Nobody has said anything here yet.</p>}
      <ol class="chat-lines">
        {lines.map((line, index) => {
          const before = lines[index - 1];
          const isNewDay = before === undefined || !isSameDay(line, before);
          return (
            <Fragment key={line.key}>
              {isNewDay && <li class="day">{chatTime.day(line.timeMs)}</li>}
              <MessageLine
                line={line}
                isContinued={!isNewDay && continues(line, before)}
                room={room}
              />
            </Fragment>
          );
        })}
      </ol>
    </>
  );
}

function Older({ room }: { readonly room: RoomStore }) {
  if (!room.canReadOlder.value) return null;
  const isReading = room.isReading.value;
  return (
    <p class="older">
      <button
        type="button"
        class="plain"
        aria-disabled={isReading}
        onClick={() => room.readOlder()}
      >
        {isReading ? "Loading…" : "Load older messages"}
      </button>
    </p>
  );
}
