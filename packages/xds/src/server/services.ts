import { RESOURCE_TYPES } from "../resource/resource-type.ts";
import type { Dialect } from "../session/protocol.ts";
import type { ServiceType } from "./decode-request.ts";

/** How a stream was opened. */
export interface StreamKind {
  readonly dialect: Dialect;
  readonly service: ServiceType;
  /** `ADS`, `CDS`, ... */
  readonly shortName: string;
}

/** What each path that discovery has stands for: the aggregated service and one for each type, in both dialects. */
export const DISCOVERY_METHODS: ReadonlyMap<string, StreamKind> = new Map(
  [
    {
      name: "envoy.service.discovery.v3.AggregatedDiscoveryService",
      sotw: "StreamAggregatedResources",
      delta: "DeltaAggregatedResources",
      service: undefined,
      shortName: "ADS",
    },
    ...RESOURCE_TYPES.flatMap(({ service, typeUrl, shortName }) =>
      service === undefined ? [] : [{ ...service, service: typeUrl, shortName }],
    ),
  ].flatMap(({ name, sotw, delta, service, shortName }): [string, StreamKind][] => [
    [`/${name}/${sotw}`, { dialect: "sotw", service, shortName }],
    [`/${name}/${delta}`, { dialect: "delta", service, shortName }],
  ]),
);
