import { createServer } from "node:net";
import { expect, test } from "vitest";
import { lowestPort, probeLowestPort } from "./lowest-port.ts";

const none = "Name:\tnode\nCapInh:\t0000000000000400\nCapEff:\t0000000000000000\n";
const bindService = "CapEff:\t0000000000000400\n";

test.each<[string, string | undefined, string | undefined, number]>([
  ["an ordinary user", "1024\n", none, 1024],
  ["a machine that lets users bind from 80", "80\n", none, 80],
  ["a machine that lets users bind all", "0\n", none, 1],
  ["a machine that lets users bind none", "65536\n", none, 65535],
  ["CAP_NET_BIND_SERVICE", "1024\n", bindService, 1],
  ["root", "1024\n", "CapEff:\t000001ffffffffff\n", 1],
  ["a system without /proc", undefined, undefined, 1024],
])("%s", (_, unprivilegedStart, status, port) => {
  expect(lowestPort({ unprivilegedStart, status })).toBe(port);
});

test("what is probed can be bound", async () => {
  const lowest = probeLowestPort();
  const server = createServer();
  const outcome = await new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen(lowest, "127.0.0.1", () => server.close(() => resolve("bound")));
  });
  expect(["bound", "EADDRINUSE"]).toContain(outcome);
});
