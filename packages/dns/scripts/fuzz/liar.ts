import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { Seeded } from "../../src/testing/seeded.ts";

export interface Liar {
  readonly text: string;
  close(): void;
}

/** An upstream that answers with the question, changed, cut, twice, as an answer to something else, or not at all. */
export async function openLiar(seeded: Seeded): Promise<Liar> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  socket.on("error", () => {});
  socket.on("message", (query, from) => {
    for (let replies = seeded.below(3); replies > 0; replies--) {
      const reply = Buffer.concat([query, seeded.bytes(seeded.below(40))]);
      reply[2]! |= 0x80;
      reply[7] = seeded.below(3);
      for (let edits = seeded.below(4); edits > 0; edits--) reply[seeded.below(reply.length)] = seeded.below(256);
      socket.send(
        seeded.below(4) === 0 ? reply.subarray(0, seeded.below(reply.length + 1)) : reply,
        from.port,
        from.address,
      );
    }
  });
  return { text: `127.0.0.1:${socket.address().port}`, close: () => socket.close() };
}
