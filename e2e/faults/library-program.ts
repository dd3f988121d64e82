/** An xDS server of anyone's resources, as a process of its own: commands come from the parent, one after the other. */
import { readdirSync } from "node:fs";
import { createSnapshotStore, createXdsServer, encodeResourceBytes, sha256Version, viewId } from "@portolan/xds";
import { changeAddress } from "../../packages/sdk/src/bench/change-address.ts";
import { ENDPOINTS } from "../../packages/sdk/src/bench/preflight.ts";
import { createTestAuthority, serverCertificates } from "../../packages/xds/src/testing/certificates.ts";
import type { LibraryCommand, LibraryFigures } from "./library-process.ts";

const [, , limits = "{}"] = process.argv;
const view = viewId("v");
const store = createSnapshotStore();
let held = 0;
const server = createXdsServer({
  store,
  assign() {
    held++;
    return { view, release: () => void held-- };
  },
  limits: JSON.parse(limits),
  listen: [
    { address: "127.0.0.1", port: 0 },
    { address: "127.0.0.1", port: 0, tls: serverCertificates(createTestAuthority()) },
  ],
});
await server.start();

/** A load assignment, as far as clients look at it: the address that tells the change, and bytes besides. */
function publish(change: number, bytes: number): void {
  const value = Buffer.alloc(bytes, 32);
  value.write(`\x0e${changeAddress(change)}`, 1, "latin1");
  store.set(view, [encodeResourceBytes({ typeUrl: ENDPOINTS as never, name: "a" }, value, sha256Version)]);
}

function figures(): LibraryFigures {
  for (let round = 0; round < 3; round++) globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const files = readdirSync("/proc/self/fd").length;
  return { rss, heapUsed, files, resources, connections: server.connections().length, held };
}

process.on("message", (command: LibraryCommand) => {
  if (command.kind === "publish") publish(command.change, command.bytes);
  else process.send?.(figures());
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ports: server.addresses.map(({ port }) => port) });
