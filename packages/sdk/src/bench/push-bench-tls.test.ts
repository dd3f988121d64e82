import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../cli/main.ts";
import { createControlPlane } from "../control-plane/control-plane.ts";

test("a control plane with mutual TLS is measured with a workload's certificate, and refuses one of another namespace", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "bench-"));
  const data = join(folder.path, "data");
  const certs = join(folder.path, "certs");
  await using mesh = await createControlPlane({ data, dns: undefined });
  const out: string[] = [];
  const talk: string[] = [];
  const run = (...args: string[]) =>
    main([...args, "--data", data], [], {
      out: (text) => void out.push(text),
      talk: (text) => void talk.push(text),
      colours: { out: false, talk: false },
    });
  expect(await run("ca", "issue", "-n", "shop", "--service-account", "web", "-o", certs)).toBe(0);
  const bench = [
    "bench",
    "push",
    "--target",
    mesh.listening.xds ?? "",
    "--certs",
    certs,
    "--streams",
    "5",
    "--duration",
    "0.01",
  ];
  expect(await run(...bench, "-n", "shop", "-o", "json")).toBe(0);
  expect(JSON.parse(out.join(""))).toMatchObject({
    streams: 5,
    connect: { count: 5 },
    since: "first-receipt",
    ended: 0,
  });
  expect(await run(...bench, "-n", "films")).toBe(1);
  expect(talk.at(-1)).toMatch(/refuses the stream: .*namespace/);
  expect(await run(...bench, "--certs", join(folder.path, "none"))).toBe(64);
});
