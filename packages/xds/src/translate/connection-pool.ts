import {
  type Any,
  type CircuitBreakers,
  CircuitBreakersSchema,
  create,
  packAny,
  RoutingPriority,
  UpstreamHttpProtocolOptionsSchema,
} from "@portolan/envoy";
import type { ConnectionPool } from "@portolan/model";
import { durationOfMs } from "./duration.ts";

export const HTTP_PROTOCOL_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/** Only what the rule says; what it leaves open keeps Envoy's defaults. */
export function circuitBreakers(pool: ConnectionPool | undefined): CircuitBreakers | undefined {
  const thresholds = {
    ...given("maxConnections", pool?.maxConnections),
    ...given("maxPendingRequests", pool?.http1MaxPendingRequests),
    ...given("maxRequests", pool?.http2MaxRequests),
    ...given("maxRetries", pool?.maxRetries),
  };
  if (Object.keys(thresholds).length === 0) return undefined;
  return create(CircuitBreakersSchema, { thresholds: [{ priority: RoutingPriority.DEFAULT, ...thresholds }] });
}

/** The upstream protocol is always said, never guessed. */
export function httpProtocolOptions(pool: ConnectionPool | undefined, http2: boolean): Any {
  const common = {
    ...given("maxRequestsPerConnection", pool?.maxRequestsPerConnection),
    ...(pool?.idleTimeoutMs === undefined ? {} : { idleTimeout: durationOfMs(pool.idleTimeoutMs) }),
  };
  return packAny(
    UpstreamHttpProtocolOptionsSchema,
    create(UpstreamHttpProtocolOptionsSchema, {
      ...(Object.keys(common).length === 0 ? {} : { commonHttpProtocolOptions: common }),
      upstreamProtocolOptions: {
        case: "explicitHttpConfig",
        value: {
          protocolConfig:
            http2 || pool?.h2Upgrade === true
              ? { case: "http2ProtocolOptions", value: {} }
              : { case: "httpProtocolOptions", value: {} },
        },
      },
    }),
  );
}

function given<Name extends string>(name: Name, value: number | undefined): Partial<Record<Name, number>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, number>);
}
