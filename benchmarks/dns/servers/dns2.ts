/** `dns2.ts PORT`: the library dns2 with a handler, as its README writes one. */
import { createRequire } from "node:module";
import { hostAddress, hostName, NAMES } from "./names.ts";

interface Message {
  readonly questions: { readonly name: string }[];
  readonly answers: unknown[];
}
interface Dns2 {
  readonly Packet: {
    createResponseFromRequest(request: Message): Message;
    readonly TYPE: { readonly A: number };
    readonly CLASS: { readonly IN: number };
  };
  createServer(options: { udp: boolean; handle(request: Message, send: (response: Message) => void): void }): {
    listen(addresses: object): Promise<unknown>;
  };
}

// It is a dependency of the DNS package's tests alone.
const dns2: Dns2 = createRequire(new URL("../../../packages/dns/package.json", import.meta.url))("dns2");
const { Packet } = dns2;
const addresses = new Map(Array.from({ length: NAMES }, (_, i) => [hostName(i), hostAddress(i)]));
const server = dns2.createServer({
  udp: true,
  handle(request, send) {
    const response = Packet.createResponseFromRequest(request);
    const [question] = request.questions;
    const address = addresses.get(question?.name ?? "");
    if (question !== undefined && address !== undefined) {
      response.answers.push({ name: question.name, type: Packet.TYPE.A, class: Packet.CLASS.IN, ttl: 30, address });
    }
    send(response);
  },
});
await server.listen({ udp: { port: Number(process.argv[2]), address: "127.0.0.1", type: "udp4" } });
console.log("ready");
