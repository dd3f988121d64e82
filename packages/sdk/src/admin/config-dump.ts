import { AnySchema, envoyRegistry, fromBinary, type JsonObject, type JsonValue, toJson } from "@portolan/envoy";
import {
  CLUSTER,
  CLUSTER_LOAD_ASSIGNMENT,
  LISTENER,
  ROUTE_CONFIGURATION,
  type TypeUrl,
  type ViewedResource,
} from "@portolan/xds";
import { jsonTexts } from "./json-array.ts";

const ADMIN = "type.googleapis.com/envoy.admin.v3.";

/**
 * What a proxy is to have, as JSON in the form of Envoy's `/config_dump` (`envoy/admin/v3/config_dump.proto`). Secrets are not
 * shown: their part is empty.
 */
export async function* configDumpTexts(
  resources: readonly ViewedResource[],
  withEndpoints: boolean,
): AsyncGenerator<string> {
  const listed = (typeUrl: TypeUrl, toValue: (resource: ViewedResource) => unknown) =>
    jsonTexts(
      resources.filter((resource) => resource.typeUrl === typeUrl),
      toValue,
    );
  yield `{"configs":[${empty("BootstrapConfigDump")},${opened("ClustersConfigDump", "dynamicActiveClusters")}`;
  yield* listed(CLUSTER, ({ version, body }) => ({ versionInfo: version, cluster: messageOf(body) }));
  if (withEndpoints) {
    yield `},${opened("EndpointsConfigDump", "dynamicEndpointConfigs")}`;
    yield* listed(CLUSTER_LOAD_ASSIGNMENT, ({ version, body }) => ({
      versionInfo: version,
      endpointConfig: messageOf(body),
    }));
  }
  yield `},${opened("ListenersConfigDump", "dynamicListeners")}`;
  yield* listed(LISTENER, ({ name, version, body }) => ({
    name,
    activeState: { versionInfo: version, listener: messageOf(body) },
  }));
  yield `},${empty("ScopedRoutesConfigDump")},${opened("RoutesConfigDump", "dynamicRouteConfigs")}`;
  yield* listed(ROUTE_CONFIGURATION, ({ version, body }) => ({ versionInfo: version, routeConfig: messageOf(body) }));
  yield `},${empty("SecretsConfigDump")}]}`;
}

/** The load assignments alone, without their type, as istiod's edsz has them. */
export function assignmentsOf(resources: readonly ViewedResource[]): AsyncGenerator<string> {
  const assignments = resources.filter(({ typeUrl }) => typeUrl === CLUSTER_LOAD_ASSIGNMENT);
  return jsonTexts(assignments, ({ body }) => {
    const { "@type": _, ...assignment } = messageOf(body) as JsonObject;
    return assignment;
  });
}

function empty(type: string): string {
  return `{"@type":"${ADMIN}${type}"}`;
}

function opened(type: string, field: string): string {
  return `{"@type":"${ADMIN}${type}","${field}":`;
}

/** With its type, as JSON has an Any. */
function messageOf(body: Uint8Array): JsonValue {
  return toJson(AnySchema, fromBinary(AnySchema, body), { registry: envoyRegistry() });
}
