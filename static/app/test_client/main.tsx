import { render } from "preact";
import { TestClient } from "./test_client.tsx";
import { TestSocket } from "./test_socket.ts";

/** Joins socket and page. */
function main(): void {
  const root = document.getElementById("app");
  if (root === null) {
    throw new Error("Cannot show the test client: must have an element #app, has none");
  }
  render(<TestClient socket={new TestSocket()} />, root);
}

main();
