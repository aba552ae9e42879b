import assert from "node:assert/strict";
import { ChatFixture } from "../../tests/support/chat_fixture.ts";
import { wireSaid } from "../../tests/support/chat_protocol_server.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { waitFor } from "../../tests/support/wait_for.ts";
import { ChatProgram } from "./chat_program.ts";
import { PipedChatView } from "./piped_chat_view.ts";

// What had been missed came after 11 s, all of it, and the chat in a pipe ended with 1.
Deno.test("ChatProgram takes no failure from what was missed and comes late", async () => {
  const clock = new FakeClock();
  await using fixture = new ChatFixture({ clock });
  const printed: string[] = [];
  const reports: string[] = [];
  const view = new PipedChatView({
    print: (line) => printed.push(line),
    report: (level, message) => reports.push(`${level}: ${message}`),
  });
  using program = new ChatProgram(fixture.client, view, {
    room: "lobby",
    username: "ada",
    history: 50,
    onFailure: (reason) => assert.fail(`${reason}`),
  });
  const first = await fixture.server.next();
  await first.greet([wireSaid(1)]);
  await fixture.heard(1);
  first.close(1011, "server fault");
  await fixture.room("joining");
  clock.advance(0);
  const second = await fixture.server.next();
  second.hello();
  second.let(await second.receive("join"));
  second.history([], { more: true });
  const { id } = await second.receive("history");
  clock.advance(10_000);
  const late = "info: What was missed is not read yet: must be answered within 10000 ms";
  await waitFor("the note", () => reports.includes(late));
  second.history([wireSaid(2)], { id });
  await waitFor("the message", () => printed.at(-1)?.endsWith("\tmessage 2"));
  assert.equal(program.failures, 0);
});
