import type {
  DestinationRuleObject,
  Labels,
  MeshSnapshot,
  Namespace,
  Service,
  ServiceId,
  VisibleSet,
} from "@portolan/model";
import { destinationRuleFor, isExportedTo, preferService } from "@portolan/model";

/** What a group of clients sees and by which rules: all that their outbound configuration depends on, but network and mode. */
export interface Scope {
  readonly key: string;
  holds(mesh: MeshSnapshot, service: Service): boolean;
  /** At least those that it holds. */
  services(mesh: MeshSnapshot): Iterable<ServiceId>;
  ruleFor(mesh: MeshSnapshot, service: Service): DestinationRuleObject | undefined;
}

/** Any client of a scope: they all see the same services and follow the same rules. */
export interface ScopeClient {
  readonly namespace: Namespace;
  readonly labels: Labels;
}

/** Sidecars of one visible set, which is replaced as the mesh changes. */
export interface SidecarScope extends Scope {
  visible: VisibleSet;
  client: ScopeClient;
}

export function createSidecarScope(key: string, visible: VisibleSet, client: ScopeClient): SidecarScope {
  return {
    key,
    visible,
    client,
    holds(_mesh, service) {
      return this.visible.has(service.id);
    },
    services() {
      return this.visible.services;
    },
    ruleFor(mesh, service) {
      return ruleFor(mesh, service, this.client);
    },
  };
}

/** The whole mesh: what an SNI gateway passes on is decided host by host, whatever its own namespace sees. */
export const MESH_SCOPE: Scope = {
  key: "mesh",
  holds: () => true,
  services: (mesh) => mesh.services.keys(),
  ruleFor: () => undefined,
};

/** What a gateway proxy may lead to: Sidecars do not restrict it, `exportTo` does. */
export function createGatewayScope(
  key: string,
  client: ScopeClient,
  leadsTo: (mesh: MeshSnapshot, service: Service) => boolean,
): Scope {
  const sees = ({ exportTo, namespace }: Service) => isExportedTo(exportTo, namespace, client.namespace);
  return {
    key,
    holds: (mesh, service) =>
      leadsTo(mesh, service) && preferService(mesh, service.hostname, client.namespace, sees)?.id === service.id,
    services: (mesh) => mesh.services.keys(),
    ruleFor: (mesh, service) => ruleFor(mesh, service, client),
  };
}

function ruleFor(mesh: MeshSnapshot, service: Service, client: ScopeClient): DestinationRuleObject | undefined {
  return destinationRuleFor(mesh, service.hostname, service.namespace, client.namespace, client.labels);
}
