import { createSocket } from "node:dgram";
import { connect } from "node:net";
import packet from "dns-packet";

export interface DnsAnswer {
  readonly rcode: string;
  readonly addresses: readonly string[];
}

/** Asks a DNS server over UDP or TCP; rejects where nothing answers in 30 s. */
export async function queryDns(place: string, name: string, transport: "udp" | "tcp" = "udp"): Promise<DnsAnswer> {
  const at = place.lastIndexOf(":");
  const [address, port] = [place.slice(0, at), Number(place.slice(at + 1))];
  const question = packet.encode({
    type: "query",
    id: Math.floor(Math.random() * 65536),
    flags: packet.RECURSION_DESIRED,
    questions: [{ type: "A", name }],
  });
  const bytes = await (transport === "udp" ? overUdp(address, port, question) : overTcp(address, port, question));
  const answer = packet.decode(bytes) as packet.DecodedPacket & { rcode: string };
  const addresses = (answer.answers ?? []).flatMap((record) => (record.type === "A" ? [record.data] : []));
  return { rcode: answer.rcode, addresses };
}

function overUdp(address: string, port: number, question: Buffer): Promise<Buffer> {
  const socket = createSocket("udp4");
  return new Promise<Buffer>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("no answer over UDP")), 30_000);
    socket.once("error", reject);
    socket.once("message", (message) => {
      clearTimeout(late);
      resolve(message);
    });
    socket.connect(port, address, () => socket.send(question));
  }).finally(() => socket.close());
}

function overTcp(address: string, port: number, question: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, address, () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(question.length);
      socket.write(Buffer.concat([length, question]));
    });
    socket.setTimeout(30_000, () => socket.destroy(new Error("no answer over TCP")));
    socket.once("error", reject);
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      if (all.length < 2 || all.length < 2 + all.readUInt16BE(0)) return;
      socket.destroy();
      resolve(all.subarray(2));
    });
    socket.once("close", () => reject(new Error("closed without an answer")));
  });
}
