import type { TcpLimits } from "./tcp-connection.ts";

/** Counts the connections of one server, over all the addresses that it listens on. */
export interface TcpRoom {
  /** Gives the function that leaves the room again; undefined where there is none for this address. */
  enter(address: string): (() => void) | undefined;
  readonly connections: number;
  /** Closed at once, since too many were open. */
  readonly refused: number;
}

export function createTcpRoom(limits: Pick<TcpLimits, "connections" | "connectionsPerAddress">): TcpRoom {
  const perAddress = new Map<string, number>();
  let connections = 0;
  let refused = 0;
  return {
    enter(address) {
      const open = perAddress.get(address) ?? 0;
      if (connections >= limits.connections || open >= limits.connectionsPerAddress) {
        refused++;
        return undefined;
      }
      connections++;
      perAddress.set(address, open + 1);
      return () => {
        connections--;
        const left = (perAddress.get(address) ?? 1) - 1;
        if (left === 0) perAddress.delete(address);
        else perAddress.set(address, left);
      };
    },
    get connections() {
      return connections;
    },
    get refused() {
      return refused;
    },
  };
}
