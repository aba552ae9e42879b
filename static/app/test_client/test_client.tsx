import { useSignal } from "@preact/signals";
import { StatusShape } from "../freshness/status_shape.tsx";
import { ConnectionForm } from "./connection_form.tsx";
import { ECHO } from "./endpoints.ts";
import { figures } from "./figures.ts";
import { FrameTable } from "./frame_table.tsx";
import { SendForm } from "./send_form.tsx";
import type { SocketState, TestSocket } from "./test_socket.ts";

const SHAPES = { connecting: "waiting", open: "live", closed: "over" } as const;

/** The test page: one connection to any endpoint, and everything that passes over it. */
export function TestClient({ socket }: { readonly socket: TestSocket }) {
  const endpoint = useSignal(ECHO);
  return (
    <>
      <header class="top-bar">
        <h1 class="brand">
          <a href="/" aria-label="Quotewire, to the dashboard">
            <img src="/favicon.svg" alt="" width="28" height="28" />
          </a>
          Test client
        </h1>
        <ConnectionPill socket={socket} />
        <Figures socket={socket} />
      </header>
      <main>
        <ConnectionForm
          socket={socket}
          endpoint={ECHO}
          onEndpoint={(chosen) => endpoint.value = chosen}
        />
        <SendForm key={endpoint.value.name} socket={socket} sample={endpoint.value.sample} />
        <FrameTable log={socket.log} />
      </main>
    </>
  );
}

function ConnectionPill({ socket }: { readonly socket: TestSocket }) {
  const state = socket.state.value;
  return (
    <div class={`pill is-${state.kind === "closed" ? "idle" : SHAPES[state.kind]}`}>
      <StatusShape kind={SHAPES[state.kind]} />
      <span role="status" aria-live="polite">{stateLabel(state)}</span>
    </div>
  );
}

function Figures({ socket }: { readonly socket: TestSocket }) {
  const received = socket.log.traffic("in").value;
  const sent = socket.log.traffic("out").value;
  return (
    <dl class="facts">
      <div>
        <dt>Received</dt>
        <dd>{figures.count(received.messages)} · {figures.bytes(received.bytes)}</dd>
      </div>
      <div>
        <dt>Sent</dt>
        <dd>{figures.count(sent.messages)} · {figures.bytes(sent.bytes)}</dd>
      </div>
      <div>
        <dt>Round trip</dt>
        <dd>{figures.roundTrip(socket.roundTripMs.value)}</dd>
      </div>
    </dl>
  );
}

function stateLabel(state: SocketState): string {
  switch (state.kind) {
    case "connecting":
      return "Connecting…";
    case "open":
      return state.protocol === "" ? "Connected" : `Connected, ${state.protocol}`;
    case "closed":
      return state.detail === "" ? "Not connected" : state.detail;
  }
}
