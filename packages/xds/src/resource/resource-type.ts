import {
  CLUSTER,
  CLUSTER_LOAD_ASSIGNMENT,
  EXTENSION_CONFIG,
  LISTENER,
  ROUTE_CONFIGURATION,
  RUNTIME,
  SCOPED_ROUTE_CONFIGURATION,
  SECRET,
  type TypeUrl,
  VIRTUAL_HOST,
} from "./type-url.ts";
import { encodeAny, encodeFields } from "./wire.ts";

/**
 * All that the code knows about a type of resource stands in this one table, but how to read its messages: threads that
 * only serve bytes need not load all of Envoy's types (`resource-messages.ts`).
 */
export interface ResourceType {
  readonly typeUrl: TypeUrl;
  /** As status tables name it. */
  readonly shortName: string;
  /** Types are pushed in ascending order; what a type refers to stands before it, except its children. */
  readonly rank: number;
  /** Whether a SotW response holds all that is subscribed, so that what is left out is deleted. */
  readonly fullState: boolean;
  /** `implicit`: a first request without names is one for `*`. `none`: `*` is a name like any other. */
  readonly wildcard: "implicit" | "explicit" | "none";
  /** Types that its resources name and that the client asks for then; `refresh`: it waits for them after each change of the parent. */
  readonly children: readonly { readonly typeUrl: TypeUrl; readonly refresh: boolean }[];
  /** The gRPC service of its own, where it has one here. */
  readonly service: { readonly name: string; readonly sotw: string; readonly delta: string } | undefined;
  /** What SotW answers for a name that is not there; undefined: nothing. */
  readonly placeholder: ((name: string) => Uint8Array) | undefined;
}

function serviceOf(name: string, plural: string): ResourceType["service"] {
  return { name: `envoy.service.${name}`, sotw: `Stream${plural}`, delta: `Delta${plural}` };
}

const defaults = {
  fullState: false,
  wildcard: "explicit",
  children: [],
  service: undefined,
  placeholder: undefined,
} as const;

export const RESOURCE_TYPES: readonly ResourceType[] = [
  {
    ...defaults,
    typeUrl: SECRET,
    shortName: "SDS",
    rank: 0,
    wildcard: "none",
    service: serviceOf("secret.v3.SecretDiscoveryService", "Secrets"),
  },
  {
    ...defaults,
    typeUrl: CLUSTER,
    shortName: "CDS",
    rank: 1,
    fullState: true,
    wildcard: "implicit",
    children: [{ typeUrl: CLUSTER_LOAD_ASSIGNMENT, refresh: true }],
    service: serviceOf("cluster.v3.ClusterDiscoveryService", "Clusters"),
  },
  {
    ...defaults,
    typeUrl: CLUSTER_LOAD_ASSIGNMENT,
    shortName: "EDS",
    rank: 2,
    service: serviceOf("endpoint.v3.EndpointDiscoveryService", "Endpoints"),
    placeholder: (name) => encodeAny(CLUSTER_LOAD_ASSIGNMENT, encodeFields([[1, name]])),
  },
  { ...defaults, typeUrl: EXTENSION_CONFIG, shortName: "ECDS", rank: 3 },
  {
    ...defaults,
    typeUrl: LISTENER,
    shortName: "LDS",
    rank: 4,
    fullState: true,
    wildcard: "implicit",
    children: [
      { typeUrl: ROUTE_CONFIGURATION, refresh: false },
      { typeUrl: SCOPED_ROUTE_CONFIGURATION, refresh: false },
    ],
    service: serviceOf("listener.v3.ListenerDiscoveryService", "Listeners"),
  },
  {
    ...defaults,
    typeUrl: SCOPED_ROUTE_CONFIGURATION,
    shortName: "SRDS",
    rank: 5,
    fullState: true,
    wildcard: "implicit",
    children: [{ typeUrl: ROUTE_CONFIGURATION, refresh: false }],
  },
  {
    ...defaults,
    typeUrl: ROUTE_CONFIGURATION,
    shortName: "RDS",
    rank: 6,
    children: [{ typeUrl: VIRTUAL_HOST, refresh: false }],
    service: serviceOf("route.v3.RouteDiscoveryService", "Routes"),
  },
  { ...defaults, typeUrl: VIRTUAL_HOST, shortName: "VHDS", rank: 7 },
  { ...defaults, typeUrl: RUNTIME, shortName: "RTDS", rank: 8 },
];

const byTypeUrl = new Map(RESOURCE_TYPES.map((type) => [type.typeUrl, type]));
/** Anyone's types are served as well: last in the order, by name or `*`. */
export function resourceType(typeUrl: TypeUrl): ResourceType {
  return (
    byTypeUrl.get(typeUrl) ?? {
      ...defaults,
      typeUrl,
      shortName: typeUrl.slice(typeUrl.lastIndexOf(".") + 1),
      rank: 9,
      wildcard: "implicit",
    }
  );
}
