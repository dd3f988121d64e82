import { once } from "node:events";
import { createServer } from "node:net";

/** Above what the mesh itself takes (15000 to 15999), and below what systems give to whoever asks for any port. */
const [LEAST, MOST] = [16_000, 31_999];
const given = new Set<number>();

/** A port of loopback that nobody listens on, and that nobody is given by chance before it is used. Each is given once. */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  for (;;) {
    const port = LEAST + Math.floor(Math.random() * (MOST - LEAST + 1));
    if (given.has(port)) continue;
    given.add(port);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, address, () => resolve(true));
    });
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
