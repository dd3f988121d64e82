import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/** Listens on a port of 127.0.0.1 that nobody has for UDP: this process alone is in the way there, for DNS as well. */
export async function holdPort(): Promise<{ readonly holder: Server; readonly port: number }> {
  for (;;) {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const udp = createSocket("udp4");
    const free = await new Promise<boolean>((resolve) => {
      udp.once("error", () => resolve(false));
      udp.bind(port, "127.0.0.1", () => resolve(true));
    });
    await new Promise<void>((resolve) => udp.close(resolve));
    if (free) return { holder, port };
    holder.close();
  }
}
