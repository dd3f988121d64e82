import {
  create,
  PreviousHostsPredicateSchema,
  packAny,
  type RetryPolicy,
  RetryPolicySchema,
  type RouteConfiguration,
  RouteConfigurationSchema,
  type VirtualHost,
  VirtualHostSchema,
} from "@portolan/envoy";
import { formatClusterName } from "@portolan/model";
import { durationOfMs } from "./duration.ts";
import { formatSocket } from "./names.ts";
import type { OutboundListenerInput } from "./outbound-listener.ts";
import type { HostPort } from "./slot.ts";

/** The routes of the HTTP listener on a VIP and port, named `VIP:port`. A single host gets every call, several theirs by Host. */
export function translateOutboundRoute({ address, port, share }: OutboundListenerInput): RouteConfiguration {
  const alone = share.carried.length === 1;
  return create(RouteConfigurationSchema, {
    name: formatSocket(address, port),
    virtualHosts: share.carried.map((member) => {
      const host = member.service.hostname;
      return virtualHost(member, alone ? ["*"] : [host, `${host}:${port}`]);
    }),
  });
}

/** Calls to one port of a service, for these values of Host. */
export function virtualHost({ service, port }: HostPort, domains: readonly string[]): VirtualHost {
  return create(VirtualHostSchema, {
    name: `${service.hostname}:${port.number}`,
    domains: [...domains],
    routes: [
      {
        match: { pathSpecifier: { case: "prefix", value: "/" } },
        action: {
          case: "route",
          value: {
            clusterSpecifier: {
              case: "cluster",
              value: formatClusterName({ hostname: service.hostname, port: port.number, subset: "" }),
            },
            // Envoy's own default would cut every answer that takes longer than 15 s.
            timeout: durationOfMs(0),
            retryPolicy: safeRetries(),
          },
        },
      },
    ],
  });
}

/** Only what never reached an application is tried again, at another endpoint. */
function safeRetries(): RetryPolicy {
  return create(RetryPolicySchema, {
    retryOn: "connect-failure,refused-stream,reset-before-request",
    numRetries: 2,
    retryHostPredicate: [
      {
        name: "envoy.retry_host_predicates.previous_hosts",
        configType: {
          case: "typedConfig",
          value: packAny(PreviousHostsPredicateSchema, create(PreviousHostsPredicateSchema)),
        },
      },
    ],
    hostSelectionRetryMaxAttempts: 5n,
  });
}
