import type { ServerProcess } from "./server-process.ts";

/** A server as workloads use it. */
export interface Server extends AsyncDisposable {
  readonly name: string;
  readonly process: ServerProcess;
  readonly port: number;
  /** Ways to change a service's first endpoint; each resolves when the change was accepted. */
  readonly ways: readonly Way[];
}

export interface Way {
  /** Empty where there is one only. */
  readonly name: string;
  /** The services that can be changed in this way. */
  readonly services: { readonly from: number; readonly to: number };
  change(service: number, address: string): Promise<void>;
}
