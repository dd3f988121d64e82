import { printable } from "@portolan/model";
import { XdsError } from "../resource/error.ts";
import { DEFAULT_XDS_LIMITS, type XdsLimits } from "./limits.ts";
import type { XdsServerOptions } from "./xds-server.ts";

/**
 * What a caller without types may get wrong is said when the server is made, and not when the first client comes.
 *
 * @throws XdsError `bad-option`, naming the option
 */
export function checkOptions(options: XdsServerOptions): void {
  if (typeof options !== "object" || options === null) throw bad("createXdsServer takes an object of options");
  const { store, assign, listen, ttl = "announced", resourceErrors = [] } = options;
  if (typeof store?.subscribe !== "function") throw bad("store is what createSnapshotStore() gives");
  if (typeof assign !== "function") throw bad("assign is a function that gives a client its view: () => ({ view })");
  if (!Array.isArray(listen)) throw bad("listen is a list: [{ address, port }]");
  for (const [at, listener] of listen.entries()) {
    const { address, port } = listener ?? {};
    if (typeof address !== "string") throw bad(`listen[${at}].address is an IP address, or "localhost"`);
    if (!whole(port) || port > 65_535) {
      throw bad(`listen[${at}].port is a whole number from 0 (any that is free) to 65535, not ${shown(port)}`);
    }
  }
  if (ttl !== "announced" && ttl !== "always") throw bad(`ttl is "announced" or "always", not ${shown(ttl)}`);
  if (!Array.isArray(resourceErrors)) throw bad('resourceErrors is a list of user agents: ["gRPC Go"]');
}

/**
 * The defaults, and what was given instead.
 *
 * @throws XdsError `bad-option`, naming the limit
 */
export function limitsOf(given: XdsServerOptions["limits"]): XdsLimits {
  const limits: Record<string, number> = { ...DEFAULT_XDS_LIMITS };
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === undefined) continue;
    if (!Object.hasOwn(DEFAULT_XDS_LIMITS, name)) {
      throw bad(`limits.${printable(name, 100)} is no limit; they are ${Object.keys(DEFAULT_XDS_LIMITS).join(", ")}`);
    }
    if (typeof value !== "number" || !(value >= 0)) {
      throw bad(`limits.${name} is a number that is not below 0 (Infinity: none), not ${shown(value)}`);
    }
    limits[name] = value;
  }
  return limits as unknown as XdsLimits;
}

function bad(message: string): XdsError {
  return new XdsError("bad-option", message);
}

function whole(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function shown(value: unknown): string {
  return typeof value === "string" ? `"${printable(value, 100)}"` : printable(String(value), 100);
}
