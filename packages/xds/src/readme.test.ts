import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** A client of the example's server, which prints what it is sent. */
const client = `
import { connectRaw } from ${at("./testing/raw-client.ts")};
const raw = connectRaw(server.addresses[0].port);
const stream = raw.open("delta");
stream.send({ type: "CDS", node: "n", cluster: "shop", features: ["xds.config.supports-resource-ttl"] });
const { message } = await stream.next();
for (const { name, ttl } of message.resources) console.log(name, String(ttl?.seconds));
const stranger = raw.open("delta");
stranger.send({ type: "CDS", node: "m" });
console.log((await stranger.ended).details);
raw.close();
console.log(store.resources(viewId("shop")).map(({ name }) => name).join());
`;

test("the README's examples run one after the other", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
  expect(blocks).toHaveLength(3);
  const code = [...blocks, client].join("\n");
  const folder = await mkdtemp(join(tmpdir(), "xds-readme-"));
  try {
    const file = join(folder, "example.mts");
    const own = code.replaceAll('"@portolan/xds"', at("./index.ts"));
    await writeFile(file, own.replace('"@portolan/envoy"', at("../../envoy/src/index.ts")));
    const env = { ...process.env, NODE_NO_WARNINGS: "1" };
    const printed = execFileSync(process.execPath, [file], { encoding: "utf8", env, timeout: 60_000 });
    expect(printed.trimEnd().split("\n")).toEqual(["ratings 30", "not of the shop", "details"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
