import assert from "node:assert/strict";
import { checkComposeCommand } from "./compose_command.ts";

const WRONG: Readonly<Record<string, RegExp>> = {
  "docker compose --profile nothing up -d": /profile nothing must exist/,
  "docker compose up --detached": /option --detached/,
  "docker compose bring up": /docker compose bring must be in/,
  "docker compose exec database pg_dump": /service database must exist/,
  "docker compose run --rm server -P=everything main.ts migrate": /-P=everything must be a set/,
  "docker compose run --rm server -P=database main.ts mend": /mend must be a command/,
  "NOWHERE=1 docker compose up -d": /NOWHERE must be in the compose file/,
};

for (const [command, message] of Object.entries(WRONG)) {
  Deno.test(`checkComposeCommand() refuses ${command}`, async () => {
    await assert.rejects(checkComposeCommand(command), { name: "AssertionError", message });
  });
}

Deno.test("checkComposeCommand() takes what the compose file has", async () => {
  await checkComposeCommand(
    "SITE=a.example docker compose --profile app --profile proxy up -d --wait",
  );
  await checkComposeCommand(
    "docker compose run --rm -e RETENTION_DAYS=90 server -P=database main.ts prune",
  );
  await checkComposeCommand("docker compose exec postgres pg_dump -U user stockdb > backup.sql");
});
