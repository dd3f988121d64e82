/** A server as a process of its own whose mesh changes a thousand times while others ask it; see `swaps.test.ts`. */
import { createDnsServer } from "../server/dns-server.ts";
import { addressesOf, type Entry, HOSTS, portOf } from "./generations.ts";
import { createTestFeed, entry } from "./mesh.ts";

const feed = createTestFeed();

function publish(name: Entry, generation: number): void {
  const ports = { http: portOf(generation) };
  feed.publish({ upserted: [entry({ name, hosts: HOSTS[name], addresses: addressesOf(name, generation), ports })] });
}

const server = createDnsServer({ feed, listen: { port: 0 } });
publish("few", 1);
publish("many", 1);
await server.start();
process.once("message", async (swaps: number) => {
  for (let generation = 2; generation <= swaps + 1; generation++) {
    // Some are compiled at once, some in slices between queries.
    publish(generation % 10 === 0 ? "many" : "few", generation);
    do await new Promise(setImmediate);
    while (server.stats().zone.serial !== feed.snapshot.revision);
  }
  process.send?.({ swaps: server.stats().zone.swaps });
});
process.on("disconnect", () => process.exit());
while (server.stats().zone.serial !== feed.snapshot.revision) await new Promise(setImmediate);
process.send?.({ port: server.address!.port });
