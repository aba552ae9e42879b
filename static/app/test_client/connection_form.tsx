import { useSignal } from "@preact/signals";
import { fetchTicket } from "../sign_in/ticket.ts";
import { type Destination, destination, type Endpoint, ENDPOINTS } from "./endpoints.ts";
import type { TestSocket } from "./test_socket.ts";

interface ConnectionFormProps {
  readonly socket: TestSocket;
  /** What the form begins with. */
  readonly endpoint: Endpoint;
  readonly onEndpoint: (endpoint: Endpoint) => void;
}

/** Chooses what to connect to: one of the server's endpoints, or any address on it. */
export function ConnectionForm({ socket, endpoint, onEndpoint }: ConnectionFormProps) {
  const address = useSignal(endpoint.path);
  const protocol = useSignal(endpoint.protocol);
  const token = useSignal("");
  const fault = useSignal("");
  const closed = socket.state.value.kind === "closed";
  const choose = (name: string) => {
    const chosen = ENDPOINTS.find((candidate) => candidate.name === name);
    if (chosen === undefined) return;
    address.value = chosen.path;
    protocol.value = chosen.protocol;
    onEndpoint(chosen);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!closed) return socket.disconnect();
    const found = await withTicket(destination(address.value, location), token.value.trim());
    fault.value = found.ok ? "" : found.fault;
    if (found.ok) socket.connect(found.url, protocol.value.trim());
  };
  return (
    <form class="panel" onSubmit={submit}>
      <label class="field">
        Endpoint
        <select disabled={!closed} onChange={(event) => choose(event.currentTarget.value)}>
          {ENDPOINTS.map(({ name }) => <option key={name}>{name}</option>)}
        </select>
      </label>
      <label class="field is-wide">
        Address
        <input
          required
          disabled={!closed}
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          value={address}
          onInput={(event) => address.value = event.currentTarget.value}
        />
      </label>
      <label class="field">
        Subprotocol
        <input
          placeholder="none"
          disabled={!closed}
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          value={protocol}
          onInput={(event) => protocol.value = event.currentTarget.value}
        />
      </label>
      <label class="field">
        Token
        <input
          type="password"
          placeholder="none"
          disabled={!closed}
          autocomplete="off"
          value={token}
          onInput={(event) => token.value = event.currentTarget.value}
        />
      </label>
      <button type="submit" class="is-primary">{closed ? "Connect" : "Disconnect"}</button>
      {fault.value !== "" && <p class="fault" role="alert">{fault}</p>}
    </form>
  );
}

/** The same address with a ticket for the token, where there is one and the server asks for it. */
async function withTicket(found: Destination, token: string): Promise<Destination> {
  if (!found.ok || token === "") return found;
  try {
    const answer = await fetchTicket(token);
    if (answer.kind === "refused") {
      return { ok: false, fault: "Cannot connect: the server does not take this token" };
    }
    if (answer.kind === "not_needed") return found;
    const url = new URL(found.url);
    url.searchParams.set("ticket", answer.ticket);
    return { ok: true, url: url.href };
  } catch (error) {
    return {
      ok: false,
      fault: `Cannot connect: ${error instanceof Error ? error.message : error}`,
    };
  }
}
