import assert from "node:assert/strict";
import { connect, type Dialogue } from "../support/dialogue.ts";
import { query } from "../support/query.ts";
import { figure, scrape } from "../support/prometheus_text.ts";
import { roleOf, ServerCluster } from "../support/server_cluster.ts";
import type { TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait_for.ts";
Deno.test("x", async () => {
  await using cluster = await ServerCluster.start(3, [{ symbol: "A", price: 10 }]);
  const leader = await cluster.settled(cluster.servers);
  console.log(cluster.servers.map((s) => s.lines));
  const t = performance.now();
  await leader.kill();
  const rest = cluster.servers.filter((one) => one !== leader);
  const next = await cluster.settled(rest);
  console.log("takeover", performance.now() - t);
  await cluster.nats.kill();
  await waitFor(
    "alone",
    async () => (await Promise.all(rest.map(roleOf))).every((r) => r === "alone"),
  );
  await cluster.nats.restart();
  await cluster.settled(rest);
  console.log(rest.map((s) => s.lines));
});
