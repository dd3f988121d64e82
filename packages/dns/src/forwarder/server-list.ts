import { createUdpExchange, type UdpExchange } from "./udp-exchange.ts";
import type { Upstream } from "./upstream.ts";

/** An upstream and what is known of its health. */
export interface Server {
  readonly upstream: Upstream;
  readonly udp: UdpExchange;
  queries: number;
  failures: number;
  /** Failures since the last answer. */
  failuresInRow: number;
  /** Its answers come from ourselves: it is not asked any more. */
  readonly loops: boolean;
}

export interface ServerList {
  readonly all: readonly Server[];
  /** In the order in which one question asks them: those that answer before those that do not; none that loops. */
  order(): readonly Server[];
  /** It did not answer, or refused. */
  failed(server: Server): void;
  close(): void;
}

/** Then a server is asked after the others; its next answer puts it back. */
const DOWN_AFTER = 2;
/** One question of so many asks a server that is down first, so that it is seen when it is back. */
const RETRY_EVERY = 32;

/** While it stays down, what is tried when it goes down is tried again after so many failures. */
const DOWN_AGAIN = 64;

/** `loops`: 1 for each upstream that was found out to ask us. `down` hears of each that goes down. */
export function createServerList(
  upstreams: readonly Upstream[],
  loops: Int32Array,
  down: (server: Server) => void = () => {},
): ServerList {
  const all = upstreams.map(
    (upstream, at): Server => ({
      upstream,
      udp: createUdpExchange(upstream),
      queries: 0,
      failures: 0,
      failuresInRow: 0,
      get loops() {
        return Atomics.load(loops, at) === 1;
      },
    }),
  );
  let questions = 0;
  return {
    all,
    order() {
      if (all.every((server) => !server.loops && server.failuresInRow < DOWN_AFTER)) return all;
      const usable = all.filter((server) => !server.loops);
      if (usable.every((server) => server.failuresInRow < DOWN_AFTER)) return usable;
      const retry = ++questions % RETRY_EVERY === 0;
      const rank = (server: Server) => (server.failuresInRow < DOWN_AFTER ? 1 : retry ? 0 : 2);
      return usable.toSorted((a, b) => rank(a) - rank(b));
    },
    failed(server) {
      server.failures++;
      server.failuresInRow++;
      if (server.failuresInRow % DOWN_AGAIN === DOWN_AFTER) down(server);
    },
    close() {
      for (const { udp } of all) udp.close();
    },
  };
}
