import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { type IpAddress, parseIpAddress } from "@portolan/model";
import { expect, test } from "vitest";
import { findPortHolder, holdersIn } from "./port-holder.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

function ip(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (!address.ok) throw new Error(address.error);
  return address.value;
}

const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:3AA4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 00000000:3AA4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0
   2: 0100007F:3AA4 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0
   3: 0200007F:3AA4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 444 1 0 100 0 0 10 0
`;
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:3AA4 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 555 1 0 100 0 0 10 0
   1: B80D0120000000000000000001000000:3AA4 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 666 1 0 100 0 0 10 0
`;

test.each([
  ["127.0.0.1", 15012, tcp, ["111", "222"]],
  ["127.0.0.2", 15012, tcp, ["222", "444"]],
  ["0.0.0.0", 15012, tcp, ["111", "222", "444"]],
  ["127.0.0.1", 15013, tcp, []],
  ["::1", 15012, tcp6, ["555"]],
  ["2001:db8::1", 15012, tcp6, ["666"]],
  ["127.0.0.1", 15012, "", []],
])("who stands in the way of %s:%i", (address, port, table, expected) => {
  expect(holdersIn(table, ip(address), port, "tcp")).toEqual(expected);
});

test.runIf(process.platform === "linux")("the holder of a real socket is this process", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  expect(await findPortHolder({ address: ip("127.0.0.1"), port }, "tcp")).toBe(
    `this process itself (pid ${process.pid})`,
  );
  await new Promise((resolve) => server.close(resolve));
  expect(await findPortHolder({ address: ip("127.0.0.1"), port }, "tcp")).toBeUndefined();
});

test.runIf(process.platform === "linux")(
  "another process is told by its program, and Node's by its script",
  async () => {
    await using folder = await temporaryFolder();
    const code =
      'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => console.log(s.address().port));';
    await folder.write("holder.cjs", code);
    for (const [words, name] of [
      [[join(folder.path, "holder.cjs")], "node holder.cjs"],
      [["-e", code], "node"],
    ] as const) {
      const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
      try {
        const [port] = await once(child.stdout, "data");
        const holder = await findPortHolder({ address: ip("127.0.0.1"), port: Number(port) }, "tcp");
        expect(holder).toBe(`${name} (pid ${child.pid})`);
      } finally {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    }
  },
);
