import {
  endpointSliceObject,
  endpointsObject,
  istioObject,
  type Manifest,
  meshConfigMap,
  namespaceObject,
  podObject,
  serviceAccountObject,
  serviceObject,
  sidecarObject,
  sniGatewayObject,
  workloadEntryObject,
  yamlOf,
} from "../testing/objects.ts";
import { hostOf, MACHINE_ADDRESS, type MeshShape, networksOf, type ServiceShape } from "./shape.ts";

/** The mesh's YAML, cut into as many files as were drawn. */
export function meshFiles(shape: MeshShape): ReadonlyMap<string, string> {
  const objects = [...settings(shape), ...namespaces(shape), ...gateways(shape), ...clients(shape)];
  for (const service of shape.services) objects.push(...serviceObjects(shape, service));
  const files = Array.from({ length: shape.fileCount }, (): Manifest[] => []);
  for (const [index, object] of objects.entries()) files[index % files.length]?.push(object);
  return new Map(files.map((list, index) => [`part-${index}.yaml`, yamlOf(list)]));
}

function settings(shape: MeshShape): readonly Manifest[] {
  const mesh = { rootNamespace: shape.rootNamespace, portolan: { serviceCidrs: [shape.serviceBlock] } };
  const withGateways = shape.networks.map(({ name, block, gateway }) => ({
    name,
    blocks: [`${block}.0/24`],
    gateways: [gateway.address],
  }));
  return [
    meshConfigMap(mesh, [
      ...withGateways,
      { name: shape.machine.network, blocks: [`${MACHINE_ADDRESS}/32`], gateways: [] },
    ]),
  ];
}

function namespaces(shape: MeshShape): readonly Manifest[] {
  const injected = new Set(
    shape.services.filter((service) => service.injectedBy === "namespace").map((service) => service.namespace),
  );
  const names = new Set([
    shape.rootNamespace,
    ...shape.networks.map(({ gateway }) => gateway.namespace),
    ...shape.services.map((service) => service.namespace),
    ...shape.clients.map((client) => client.namespace),
  ]);
  const { namespace, network } = shape.machine;
  return [
    ...[...names].map((name) => namespaceObject(name, { injected: injected.has(name) })),
    namespaceObject(namespace, { network }),
  ];
}

function gateways(shape: MeshShape): readonly Manifest[] {
  const inFirst = shape.services[0]!;
  const ingress = { number: shape.ingressPort, name: "http", protocol: "HTTP" };
  const first = shape.networks[0]!.gateway;
  return [
    ...shape.networks.map(({ gateway: { name, namespace, label } }) =>
      sniGatewayObject(`sni-${name}`, namespace, { gateway: label }),
    ),
    istioObject("Gateway", `http-${first.name}`, first.namespace, {
      selector: { gateway: first.label },
      servers: [{ port: ingress, hosts: [hostOf(inFirst)] }],
    }),
    ...(shape.policyForAll
      ? [
          istioObject("DestinationRule", "exposed", shape.rootNamespace, {
            host: "*.global",
            trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } },
          }),
        ]
      : []),
  ];
}

/** Each sees what it calls and nothing else: all Envoys of the test listen on one host. */
function clients(shape: MeshShape): readonly Manifest[] {
  const objects: Manifest[] = [];
  for (const [index, client] of shape.clients.entries()) {
    const { name, namespace, account, address } = client;
    const called = client.calls.map((at) => shape.services[at]!);
    const hosts = called.map((service) => `${service.namespace}/${hostOf(service)}`);
    if (index === 0) hosts.push(`${shape.machine.namespace}/*`);
    objects.push(
      serviceAccountObject(account, namespace),
      podObject({ name, namespace, serviceAccount: account, address, labels: { app: name }, ports: [] }),
      sidecarObject(namespace, hosts),
    );
  }
  const exposed = shape.services.filter((service) => service.exposed !== undefined);
  objects.push(
    sidecarObject(
      shape.machine.namespace,
      exposed.map((service) => `${service.namespace}/${service.exposed?.host}`),
    ),
  );
  for (const namespace of new Set(shape.services.map((service) => service.namespace))) {
    objects.push(sidecarObject(namespace, []));
  }
  return objects;
}

function serviceObjects(shape: MeshShape, service: ServiceShape): readonly Manifest[] {
  const { name, namespace, account, app } = service;
  const ports = service.ports.map((port) => ({ name: port.name, port: port.number, targetPort: port.targetPort }));
  return [
    serviceAccountObject(account, namespace),
    serviceObject({ name, namespace, selector: { app }, ports }),
    ...workloadObjects(shape, service),
    ...(service.registered === "slices"
      ? [endpointSliceObject({ service: name, namespace, ports, pods: service.workloads })]
      : []),
    ...(service.registered === "endpoints"
      ? [endpointsObject({ service: name, namespace, ports, pods: service.workloads })]
      : []),
    ...(service.subsets.length > 0
      ? [
          istioObject("DestinationRule", name, namespace, {
            host: hostOf(service),
            subsets: service.subsets.map((version) => ({ name: version, labels: { version } })),
          }),
        ]
      : []),
    ...exposedObjects(shape, service),
  ];
}

function workloadObjects(shape: MeshShape, service: ServiceShape): readonly Manifest[] {
  const { namespace, account: serviceAccount, app, ports } = service;
  const injection = service.injectedBy === "label" ? { "sidecar.istio.io/inject": "true" } : {};
  return service.workloads.map(({ name, address, version, network }) => {
    const labels = { app, version };
    if (service.registered === "workload-entries") {
      const at = shape.networks[network]!.name;
      return workloadEntryObject({ name, namespace, serviceAccount, address, labels, network: at });
    }
    const targets = ports.map((port) => port.targetPort);
    return podObject({ name, namespace, serviceAccount, address, labels: { ...labels, ...injection }, ports: targets });
  });
}

/** The host that machines call: it leads to the gateways of the networks in which the service has workloads. */
function exposedObjects(shape: MeshShape, service: ServiceShape): readonly Manifest[] {
  const { exposed, name, namespace, ports } = service;
  if (exposed === undefined) return [];
  const { host, vip, resolution, requestsPerConnection } = exposed;
  const gatewayPorts = Object.fromEntries(ports.map((port) => [port.name, 15443]));
  const addresses = networksOf(service).map((at) => shape.networks[at]!.gateway.address);
  return [
    istioObject("ServiceEntry", `${name}-for-machines`, namespace, {
      hosts: [host],
      location: "MESH_INTERNAL",
      ports: ports.map((port) => ({ name: port.name, number: port.number, protocol: port.protocol })),
      resolution,
      ...(vip === undefined ? {} : { addresses: [vip] }),
      endpoints: addresses.map((address) => ({ address, ports: gatewayPorts })),
    }),
    istioObject("DestinationRule", `${name}-for-machines`, namespace, {
      host,
      trafficPolicy: {
        tls: { mode: "ISTIO_MUTUAL" },
        connectionPool: { http: { maxRequestsPerConnection: requestsPerConnection } },
      },
    }),
  ];
}
