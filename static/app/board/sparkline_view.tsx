import { SPARKLINE_BOX } from "./sparkline.ts";

/** The trend of a row's last prices; `RowCells` draws it. */
export function Sparkline() {
  return (
    <svg
      class="sparkline"
      data-cell="spark"
      viewBox={`0 0 ${SPARKLINE_BOX.width} ${SPARKLINE_BOX.height}`}
      preserveAspectRatio="none"
      role="img"
    >
      <path class="sparkline-area" data-cell="sparkArea" />
      <path class="sparkline-line" data-cell="sparkLine" />
    </svg>
  );
}
