import type { ComponentChildren } from "preact";
import { bytes, perSecond, wholeNumber } from "../bar/figures.ts";
import type { Desk } from "../desk.ts";
import { RATES } from "./rate_choice.ts";
import type { TrafficMeter } from "./traffic_meter.ts";

/** How often prices arrive: the user's choice, and what comes of it. */
export function RateControl({ desk }: { readonly desk: Desk }) {
  return (
    <section class="panel-part" aria-label="Update rate">
      <fieldset class="segments is-grid">
        <legend>Update rate</legend>
        <div>
          {RATES.map(({ rateMs, label }) => (
            <label key={rateMs}>
              <input
                type="radio"
                name="rate"
                checked={desk.rateMs.value === rateMs}
                onChange={() => desk.rateMs.value = rateMs}
              />
              <span>{label}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <Figures meter={desk.meter} />
    </section>
  );
}

function Figures({ meter }: { readonly meter: TrafficMeter }) {
  const now = meter.perSecond.value;
  const all = meter.totals.value;
  return (
    <table class="figures">
      <thead>
        <tr>
          <th scope="col">Arriving</th>
          <th scope="col">a second</th>
          <th scope="col">in all</th>
        </tr>
      </thead>
      <tbody>
        <Row name="Messages" now={perSecond(now.frames)} all={wholeNumber(all.frames)} />
        <Row name="Changes of prices" now={perSecond(now.prices)} all={wholeNumber(all.prices)} />
        <Row
          name="Left out for newer ones"
          now={perSecond(now.conflated)}
          all={wholeNumber(all.conflated)}
        />
        <Row name="Bytes received" now={bytes(now.wireBytes)} all={bytes(all.wireBytes)} />
        <Row
          name={<>Bytes uncompressed {saved(all.wireBytes, all.documentBytes)}</>}
          now={bytes(now.documentBytes)}
          all={bytes(all.documentBytes)}
        />
      </tbody>
    </table>
  );
}

function Row(
  { name, now, all }: {
    readonly name: ComponentChildren;
    readonly now: string;
    readonly all: string;
  },
) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{now}</td>
      <td>{all}</td>
    </tr>
  );
}

const PERCENT = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });

function saved(wireBytes: number, documentBytes: number): string {
  if (documentBytes <= wireBytes) return "";
  return `(${PERCENT.format(1 - wireBytes / documentBytes)} saved)`;
}
