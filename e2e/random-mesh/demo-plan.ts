import type { DemoPlan, PlannedApplication, PlannedProxy, PlannedStep } from "@portolan/sdk";
import {
  GATEWAY_ADDRESS,
  hostOf,
  httpPort,
  LISTEN_ADDRESS,
  MACHINE_ADDRESS,
  type MeshShape,
  networksOf,
  type ServiceShape,
} from "./shape.ts";

/** Who runs, and the steps of the examples' demonstrations, for a drawn mesh. */
export function demoPlan(shape: MeshShape, ground: "isolated" | "loopback"): DemoPlan {
  const { isolated, loopback } = shape.machine;
  return {
    title: `the mesh of seed ${shape.seed}`,
    variables: new Map([
      ["MACHINE_ADDRESS", { isolated: isolated.address, loopback: loopback.address }],
      ["GATEWAY_ADDRESS", { isolated: isolated.gateway, loopback: loopback.gateway }],
      ["LISTEN_ADDRESS", { isolated: isolated.listen, loopback: loopback.address }],
    ]),
    machine: { address: MACHINE_ADDRESS, gateway: GATEWAY_ADDRESS },
    proxies: proxies(shape),
    applications: applications(shape),
    steps: steps(shape, ground),
  };
}

function proxies(shape: MeshShape): readonly PlannedProxy[] {
  const { machine } = shape;
  const sidecar = { role: "sidecar", labels: {}, machine: false } as const;
  const networkNamed = (at: number) => shape.networks[at]!.name;
  return [
    ...shape.networks.map(({ name: network, gateway }) => ({
      name: gateway.name,
      role: "gateway" as const,
      namespace: gateway.namespace,
      serviceAccount: gateway.account,
      network,
      address: gateway.address,
      labels: { gateway: gateway.label },
      inboundPorts: "",
      machine: false,
    })),
    ...shape.services.flatMap(({ namespace, account: serviceAccount, workloads }) =>
      workloads.map(({ name, address, network }) => ({
        ...{ ...sidecar, name, namespace, serviceAccount, address },
        ...{ network: networkNamed(network), inboundPorts: "*" },
      })),
    ),
    ...shape.clients.map(({ name, namespace, account: serviceAccount, address, network }) => ({
      ...{ ...sidecar, name, namespace, serviceAccount, address },
      ...{ network: networkNamed(network), inboundPorts: "" },
    })),
    {
      ...{ ...sidecar, name: machine.name, namespace: machine.namespace, serviceAccount: machine.account },
      ...{
        network: machine.network,
        address: MACHINE_ADDRESS,
        inboundPorts: `${machine.application.port}`,
        machine: true,
      },
    },
  ];
}

function applications(shape: MeshShape): readonly PlannedApplication[] {
  const { name, port, page } = shape.machine.application;
  return [
    ...shape.services.flatMap(({ workloads, ports }) =>
      workloads.flatMap(({ name, address }) =>
        ports.map((one) => ({ name, address, port: one.targetPort, page: "headers" as const, machine: false })),
      ),
    ),
    { name, address: LISTEN_ADDRESS, port, page, machine: true },
  ];
}

/** The services that the machine can call: isolated, it reaches no gateway but the first. */
export function reachable(shape: MeshShape, ground: "isolated" | "loopback"): readonly ServiceShape[] {
  return shape.services.filter(
    (service) =>
      service.exposed !== undefined && (ground === "loopback" || networksOf(service).every((network) => network === 0)),
  );
}

function steps(shape: MeshShape, ground: "isolated" | "loopback"): readonly PlannedStep[] {
  const { machine } = shape;
  const called = reachable(shape, ground);
  const first = shape.services[0]!;
  const firstPort = httpPort(first);
  const outageFrom = shape.clients.find((client) => client.calls.includes(0))!;
  return [
    ...called.map((service) => ({ kind: "resolve" as const, host: service.exposed!.host })),
    { kind: "isolation", from: machine.name },
    ...called.flatMap((service) => callsOfMachine(shape, service)),
    ...shape.clients.flatMap((client) =>
      client.calls.map((at) => ({
        kind: "call" as const,
        from: client.name,
        url: urlOf(hostOf(shape.services[at]!), httpPort(shape.services[at]!).number),
        identity: identity(client.namespace, client.account),
      })),
    ),
    ...shape.networks.map(({ name, gateway }) => ({
      kind: "closed-sni" as const,
      gateway: gateway.address,
      network: name,
      snis: closedNames(shape),
    })),
    { kind: "ingress", url: `http://${GATEWAY_ADDRESS}:${shape.ingressPort}/`, host: hostOf(first) },
    ...callsToMachine(shape),
    { kind: "outage", from: outageFrom.name, url: urlOf(hostOf(first), firstPort.number) },
    { kind: "accepted" },
  ];
}

function callsOfMachine(shape: MeshShape, service: ServiceShape): readonly PlannedStep[] {
  const { machine } = shape;
  const { host, requestsPerConnection } = service.exposed!;
  const url = urlOf(host, httpPort(service).number);
  const names = service.workloads.map((workload) => workload.name);
  // The rarest workload shares its network's half, or the whole, with the others of its network.
  const shares = service.workloads.map((workload) => {
    const beside = service.workloads.filter((other) => other.network === workload.network).length;
    return 1 / networksOf(service).length / beside;
  });
  const requests = 40 * names.length;
  return [
    { kind: "call", from: machine.name, url, identity: identity(machine.namespace, machine.account) },
    {
      kind: "spread",
      from: machine.name,
      url,
      requests,
      connections: Math.floor(requests / requestsPerConnection),
      over: names,
      least: Math.min(...shares) * 0.6,
      most: Math.max(...shares) * 1.4,
    },
    { kind: "closed-port", from: machine.name, host, port: unusedPort(service) },
  ];
}

/** The application on the machine joins the mesh, is called, and leaves. */
function callsToMachine(shape: MeshShape): readonly PlannedStep[] {
  const { namespace, application } = shape.machine;
  const { name, port, page } = application;
  const client = shape.clients[0]!;
  const url = urlOf(`${name}.${namespace}.svc.cluster.local`, port);
  const proof =
    page === "headers"
      ? { identity: identity(client.namespace, client.account) }
      : { contains: "Directory listing for /" };
  return [
    { kind: "expose", name, namespace, address: MACHINE_ADDRESS, port: `http:${port}` },
    { kind: "call", from: client.name, url, ...proof },
    { kind: "withdraw", name, namespace, from: client.name, url },
  ];
}

function closedNames(shape: MeshShape): readonly string[] {
  const first = shape.services[0]!;
  const port = httpPort(first).number;
  return [
    `outbound_.${port}_._.nobody-${first.name}.${first.namespace}.global`,
    `outbound_.${unusedPort(first)}_._.${hostOf(first)}`,
    `outbound_.${port}_.no-such-subset_.${hostOf(first)}`,
    `outbound_.${port}_._.${hostOf(first)}.`,
    hostOf(first),
    "www.example.com",
  ];
}

function unusedPort(service: ServiceShape): number {
  const used = new Set(service.ports.map((port) => port.number));
  for (let port = 32_500; ; port++) if (!used.has(port)) return port;
}

function urlOf(host: string, port: number): string {
  return `http://${host}:${port}/`;
}

export function identity(namespace: string, account: string): string {
  return `spiffe://cluster.local/ns/${namespace}/sa/${account}`;
}
