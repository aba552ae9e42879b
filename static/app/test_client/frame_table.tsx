import { figures } from "./figures.ts";
import { type FrameLog, FRAMES_MAX } from "./frame_log.ts";
import type { FrameRecord } from "./frame_record.ts";

/** The newest messages of both directions. */
export function FrameTable({ log }: { readonly log: FrameLog }) {
  const frames = log.frames.value;
  return (
    <section aria-labelledby="messages-title">
      <div class="table-head">
        <h2 id="messages-title">Messages</h2>
        <p class="hint">
          {frames.length === 0
            ? "None yet"
            : `${figures.count(frames.length)}, newest first; at most ${FRAMES_MAX} are kept`}
        </p>
        <button type="button" disabled={frames.length === 0} onClick={() => log.clear()}>
          Clear
        </button>
      </div>
      {frames.length > 0 && (
        <div class="table-box">
          <table class="frames">
            <thead>
              <tr>
                <th scope="col">Direction</th>
                <th scope="col">Time</th>
                <th scope="col">Kind</th>
                <th scope="col" class="is-figure">Size</th>
                <th scope="col" class="is-figure">Round trip</th>
                <th scope="col">Content</th>
              </tr>
            </thead>
            <tbody>{frames.map((frame) => <FrameRow key={frame.id} frame={frame} />)}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function FrameRow({ frame }: { readonly frame: FrameRecord }) {
  return (
    <tr class={`is-${frame.direction}`}>
      <td class="direction">{frame.direction === "in" ? "↓ received" : "↑ sent"}</td>
      <td>
        <time dateTime={new Date(frame.atMs).toISOString()}>{figures.time(frame.atMs)}</time>
      </td>
      <td>{frame.kind}</td>
      <td class="is-figure">{figures.bytes(frame.bytes)}</td>
      <td class="is-figure">{figures.roundTrip(frame.roundTripMs)}</td>
      <td class="content">{frame.preview}</td>
    </tr>
  );
}
