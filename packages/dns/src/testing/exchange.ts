import { createSocket } from "node:dgram";
import { once } from "node:events";

/** Sends one message over UDP and gives the first that comes back. */
export async function exchange(port: number, message: Uint8Array, address = "127.0.0.1"): Promise<Uint8Array> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.send(message, port, address);
  const [reply] = (await once(socket, "message")) as [Uint8Array];
  socket.close();
  return reply;
}
