import { DnsError, queryDns } from "@portolan/dns";
import { parseListenAddress } from "../listen-address.ts";

/**
 * Resolves names by the mesh's DNS server. While that does not answer, the last address that it gave holds, as it would in
 * a machine's hosts file.
 */
export function createNameMemory(server: () => string): (name: string) => Promise<string> {
  const known = new Map<string, string>();
  return async (name) => {
    const { address, port } = parseListenAddress(server(), "DNS");
    try {
      const { answers, rcode } = await queryDns({ server: address, port, name, timeoutMs: 1_000 });
      const found = answers.find((record) => record.type === "A")?.value;
      if (found === undefined) {
        known.delete(name);
        throw new Error(`${rcode} by the DNS server at ${server()}`);
      }
      known.set(name, found);
      return found;
    } catch (error) {
      const last = error instanceof DnsError && error.code === "no-answer" ? known.get(name) : undefined;
      if (last !== undefined) return last;
      throw error;
    }
  };
}
