import { DnsError } from "../error.ts";
import type { Answerer } from "./answerer.ts";
import type { Counters } from "./counters.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { ParsedOptions } from "./options.ts";
import { openTcp, type TcpListener } from "./tcp-listener.ts";
import type { TcpRoom } from "./tcp-room.ts";
import { openUdp } from "./udp-listener.ts";
import type { Workers } from "./workers.ts";

/** The sockets of one server, each address on UDP and TCP. */
export interface Listeners {
  readonly addresses: readonly ListenAddress[];
  close(): Promise<void>;
}

interface Closable {
  close(): Promise<unknown>;
}

export interface ListenersOptions {
  readonly parsed: ParsedOptions;
  readonly room: TcpRoom;
  readonly answer: Answerer;
  readonly counters: Pick<Counters, "drop">;
  /** They have the UDP sockets, where there are any. */
  readonly workers: Workers | undefined;
}

export async function openListeners(options: ListenersOptions): Promise<Listeners> {
  const open: Closable[] = [];
  const addresses: ListenAddress[] = [];
  const close = async () => void (await Promise.all(open.map((one) => one.close())));
  try {
    for (const listen of options.parsed.listen) {
      const { port, sockets } = await openBoth(options, listen);
      open.push(...sockets);
      addresses.push({ address: listen.address, port });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses, close };
}

/** Any free port is one that is free for both. */
async function openBoth(options: ListenersOptions, listen: ListenAddress) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await (options.workers === undefined
        ? openHere(options, listen)
        : openThere(options, listen, options.workers));
    } catch (error) {
      const taken = error instanceof DnsError && error.code === "address-in-use";
      if (!taken || listen.port !== 0 || attempt === 10) throw error;
    }
  }
}

async function openHere({ parsed, room, answer, counters }: ListenersOptions, listen: ListenAddress) {
  const { reusePort, now, tcp: limits } = parsed;
  const udp = await openUdp({ listen, reusePort, answer, now, onDrop: counters.drop });
  const { port } = udp;
  try {
    const tcp = await openTcp({ listen: { ...listen, port }, reusePort, limits, room, answer, now });
    return { port, sockets: [udp, tcp] };
  } catch (error) {
    await udp.close();
    throw error;
  }
}

/** Sockets that share a port let any other process of this user share it: TCP, which has one socket, is what keeps a second server out. */
async function openThere({ parsed, room, answer }: ListenersOptions, listen: ListenAddress, workers: Workers) {
  const { reusePort, now, tcp: limits } = parsed;
  const tcp: TcpListener = await openTcp({ listen, reusePort, limits, room, answer, now });
  const { port } = tcp;
  try {
    await workers.listen({ ...listen, port });
    return { port, sockets: [tcp] };
  } catch (error) {
    await tcp.close();
    throw error;
  }
}
