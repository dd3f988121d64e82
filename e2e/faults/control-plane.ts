import { type PortolanServer, startPortolan } from "../../benchmarks/servers/portolan.ts";
import { bundle } from "../../scripts/bundle.ts";
import type { TemporaryFolder } from "../testing/temporary-folder.ts";

export interface ControlPlaneOptions {
  readonly folder: TemporaryFolder;
  readonly services: number;
  readonly heapMb?: number;
}

/** The server as it is shipped, on services that can all be changed through its API. */
export async function startControlPlane({ folder, services, heapMb }: ControlPlaneOptions): Promise<PortolanServer> {
  return startPortolan({
    program: await bundle(),
    cores: { count: 1, pinned: false, serverCommand: (command) => command, threadsCommand: (command) => command },
    directory: folder.path,
    services,
    throughApi: Math.min(services, 100),
    nodeFlags: heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`],
    env: { NODE_NO_WARNINGS: "1" },
  });
}

/** The longest that its event loop was held up since this was last asked for. */
export async function loopDelayMs(server: PortolanServer): Promise<number> {
  const seconds = /^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(await server.ask("GET", "/metrics"))?.[1];
  return seconds === undefined ? Number.NaN : Number(seconds) * 1000;
}
