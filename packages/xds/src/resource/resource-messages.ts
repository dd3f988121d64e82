import {
  ClusterLoadAssignmentSchema,
  ClusterSchema,
  type DescMessage,
  ListenerSchema,
  type MessageShape,
  RouteConfigurationSchema,
  SecretSchema,
} from "@portolan/envoy";
import { claimsOfListener } from "./claims.ts";
import { referencesOfCluster, referencesOfListener, referencesOfRoutes } from "./references.ts";
import type { ResourceName } from "./resource-name.ts";
import { CLUSTER, CLUSTER_LOAD_ASSIGNMENT, LISTENER, ROUTE_CONFIGURATION, SECRET, type TypeUrl } from "./type-url.ts";

/** How to read the messages of a type of resource. */
export interface MessageReader {
  readonly typeUrl: TypeUrl;
  readonly schema: DescMessage;
  nameOf(message: unknown): string;
  referencesOf(message: unknown): readonly ResourceName[];
  /** What no other resource of a view may have as well. */
  claimsOf(message: unknown): readonly string[];
}

const NOTHING: readonly never[] = [];

function reader<Schema extends DescMessage>(
  typeUrl: TypeUrl,
  schema: Schema,
  nameOf: (message: MessageShape<Schema>) => string,
  referencesOf: (message: MessageShape<Schema>) => readonly ResourceName[] = () => NOTHING,
  claimsOf: (message: MessageShape<Schema>) => readonly string[] = () => NOTHING,
): MessageReader {
  return {
    typeUrl,
    schema,
    nameOf: (message) => nameOf(message as MessageShape<Schema>),
    referencesOf: (message) => referencesOf(message as MessageShape<Schema>),
    claimsOf: (message) => claimsOf(message as MessageShape<Schema>),
  };
}

const readers: ReadonlyMap<string, MessageReader> = new Map(
  [
    reader(SECRET, SecretSchema, (secret) => secret.name),
    reader(CLUSTER, ClusterSchema, (cluster) => cluster.name, referencesOfCluster),
    reader(CLUSTER_LOAD_ASSIGNMENT, ClusterLoadAssignmentSchema, (assignment) => assignment.clusterName),
    reader(LISTENER, ListenerSchema, (listener) => listener.name, referencesOfListener, claimsOfListener),
    reader(ROUTE_CONFIGURATION, RouteConfigurationSchema, (routes) => routes.name, referencesOfRoutes),
  ].map((each) => [each.schema.typeName, each]),
);

/** By the name of the message (`envoy.config.cluster.v3.Cluster`). */
export function messageReader(typeName: string): MessageReader | undefined {
  return readers.get(typeName);
}
