import { create, type Duration, DurationSchema } from "@portolan/envoy";

export function durationOfMs(ms: number): Duration {
  return create(DurationSchema, { seconds: BigInt(Math.trunc(ms / 1000)), nanos: Math.round((ms % 1000) * 1e6) });
}
