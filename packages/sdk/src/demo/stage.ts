import type { AdminClient } from "../cli/admin-client.ts";
import type { Ports } from "../control-plane/ports-file.ts";
import type { CallResult } from "./call.ts";
import type { Ground } from "./expand.ts";
import type { DemoPlan } from "./plan.ts";
import type { Reached } from "./reach.ts";

/** A demonstration that runs: what its steps may look at and do. */
export interface Stage extends AsyncDisposable {
  readonly ground: Ground;
  /** With its variables expanded. */
  readonly plan: DemoPlan;
  /** Holds what was made and every log; it goes with the stage. */
  readonly directory: string;
  /** The directory stays, for whoever wants to see what went wrong. */
  keepDirectory(): void;
  readonly client: AdminClient;
  ports(): Ports;
  killServer(): Promise<void>;
  startServer(): Promise<void>;
  /** Names of the planned proxies that are connected and in which everything sent was acknowledged. */
  connectedProxies(): Promise<readonly string[]>;
  /** A call by an application beside the proxy `from`, resolved as it is there. */
  call(from: string, url: string): Promise<CallResult>;
  calls(from: string, url: string, count: number): Promise<readonly CallResult[]>;
  /** A call from this host, straight to an address. */
  callDirectly(url: string, host: string): Promise<CallResult>;
  /** The `curl` line that does what `call` does. */
  curl(from: string, url: string, address: string): string;
  reach(from: string, targets: readonly string[]): Promise<readonly Reached[]>;
  /** A path of the admin interface of a proxy's Envoy, such as `/certs`. */
  admin(proxy: string, path: string): Promise<string>;
  /** Statistics of a proxy's Envoy. */
  stats(proxy: string): Promise<ReadonlyMap<string, number>>;
  /** Runs the command line against the demonstration's server. */
  portolan(words: readonly string[]): Promise<{ code: number | null; out: string; err: string }>;
}
