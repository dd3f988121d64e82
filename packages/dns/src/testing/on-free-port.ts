import { createDnsServer } from "../server/dns-server.ts";

/**
 * Opens something on a port that was free, for UDP and for TCP, when it was looked for. Somebody else may have it by then, or on another
 * address: then it is tried with another port.
 */
export async function onFreePort<Opened>(open: (port: number) => Promise<Opened>): Promise<Opened> {
  for (let attempt = 1; ; attempt++) {
    const probe = createDnsServer({ records: [], listen: { port: 0 } });
    await probe.start();
    const { port } = probe.address!;
    await probe.stop();
    try {
      return await open(port);
    } catch (error) {
      const taken = ["address-in-use", "EADDRINUSE"].includes((error as { code?: string }).code ?? "");
      if (!taken || attempt === 10) throw error;
    }
  }
}
