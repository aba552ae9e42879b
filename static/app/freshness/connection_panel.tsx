import type { ComponentChildren } from "preact";
import type { Desk } from "../desk.ts";
import { format } from "../format.ts";
import { RateControl } from "../rate/rate_control.tsx";
import { describeChange, duration } from "./connection_event.ts";
import type { ConnectionLog } from "./connection_log.ts";
import type { Freshness } from "./freshness.ts";

/** Everything that is known of the way from the database to this page. */
export function ConnectionPanel({ desk }: { readonly desk: Desk }) {
  return (
    <>
      <Facts freshness={desk.freshness} />
      <RateControl desk={desk} />
      <SessionLog log={desk.log} />
    </>
  );
}

function Facts({ freshness }: { readonly freshness: Freshness }) {
  const { label, detail, oldSinceMs } = freshness.health.value;
  const feed = freshness.feed;
  const roundTripMs = freshness.roundTripMs.value;
  return (
    <dl class="fact-table">
      <Fact name="Prices">{detail === "" ? label : `${label}. ${detail}`}</Fact>
      {oldSinceMs !== undefined && (
        <Fact name="Confirmed">
          {format.time(oldSinceMs / 1000)}, {format.ago(freshness.nowMs.value - oldSinceMs)}
        </Fact>
      )}
      <Fact name="Database">
        {feed === undefined
          ? "not known"
          : `read ${duration(feed.ageMs)} before the last heartbeat (${feed.mode} mode)`}
      </Fact>
      <Fact name="Round trip">
        {roundTripMs === undefined ? "not measured yet" : `${roundTripMs} ms`}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function SessionLog({ log }: { readonly log: ConnectionLog }) {
  return (
    <section class="panel-part" aria-labelledby="session-log-title">
      <h3 id="session-log-title">Since this page was opened</h3>
      <ol class="session-log" tabIndex={0} aria-labelledby="session-log-title">
        {log.events.value.map((event) => (
          <li key={event.id} class={`is-${event.kind}`}>
            <time dateTime={new Date(event.atMs).toISOString()}>
              {format.time(event.atMs / 1000)}
            </time>
            <span>{describeChange(event)}.</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
