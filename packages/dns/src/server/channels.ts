import { channel } from "node:diagnostics_channel";

/** Messages of the channel `portolan:dns:query`: a message that was answered. */
export interface QueryMessage {
  /** `A`, `SRV`, `TYPE1234`, ...; empty where the question could not be read. */
  readonly type: string;
  readonly rcode: string;
  readonly transport: Transport;
  /** Who knew the answer; `none` where the message was refused as it is. */
  readonly by: "zone" | "forwarder" | "none";
  readonly durationMs: number;
}

/** Messages of `portolan:dns:problem`: something is wrong that no client's message says. */
export interface DnsProblemMessage {
  readonly what: "socket" | "answer" | "loop" | "worker" | "name";
  readonly message: string;
}

/** Messages of `portolan:dns:swap`: another zone answers the public view. */
export interface SwapMessage {
  readonly serial: number;
  readonly names: number;
}

export type Transport = "udp" | "tcp";

export const queryChannel = channel("portolan:dns:query");
export const problemChannel = channel("portolan:dns:problem");
export const swapChannel = channel("portolan:dns:swap");

export function report(what: DnsProblemMessage["what"], error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  problemChannel.publish({ what, message } satisfies DnsProblemMessage);
}
