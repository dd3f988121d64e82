import type { GrpcCall } from "./grpc-call.ts";

const UNITS_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 };

/** Ends a call at the deadline that its client gave; false: it ended at once. */
export function limitTime(call: GrpcCall): boolean {
  const header = call.headers["grpc-timeout"];
  if (header === undefined) return true;
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? [];
  if (digits === undefined || unit === undefined) {
    call.end("INTERNAL", "grpc-timeout cannot be read");
    return false;
  }
  const ms = Number(digits) * (UNITS_MS[unit] ?? 0);
  if (ms < 2 ** 31) call.expire(ms);
  return true;
}
