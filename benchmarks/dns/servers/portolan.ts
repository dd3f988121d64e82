/** `portolan.ts PORT [WORKERS [UPSTREAM CACHE_BYTES]]`: the server under measurement. */
import { createDnsServer, type DnsRecord } from "@portolan/dns";
import { hostAddress, hostName, NAMES } from "./names.ts";

const [port, workers = "0", upstream, cacheBytes] = process.argv.slice(2);
const records = Array.from(
  { length: NAMES },
  (_, i): DnsRecord => ({ name: hostName(i), type: "A", address: hostAddress(i) }),
);
const server = createDnsServer({
  records,
  listen: { port: Number(port) },
  workers: Number(workers),
  upstreams: upstream === undefined ? [] : [upstream],
  ...(cacheBytes === undefined ? {} : { cacheBytes: Number(cacheBytes) }),
});
await server.start();
console.log("ready");
