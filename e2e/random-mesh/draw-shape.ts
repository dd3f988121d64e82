import { createRandom } from "../testing/random.ts";
import { createDraw, type Draw } from "./draw.ts";
import {
  type ClientShape,
  type ExposedShape,
  GATEWAY_ADDRESS,
  type MachineShape,
  type MeshShape,
  type NetworkShape,
  type PortShape,
  type ServiceShape,
  type WorkloadShape,
} from "./shape.ts";

/** So many Envoys fit beside each other without a test that takes minutes. */
const MOST_WORKLOADS = 7;

/** Draws a mesh from a seed alone. The first service is always exposed, and lies in the first network, which machines reach. */
export function drawShape(seed: number): MeshShape {
  const draw = createDraw(createRandom(seed));
  const { random } = draw;
  const machine = drawMachine(draw);
  const rootNamespace = random.chance(0.5) ? "istio-system" : draw.name();
  const networks = Array.from({ length: random.integer(1, 2) }, (_, index) => drawNetwork(draw, index, rootNamespace));
  const namespaces = Array.from({ length: random.integer(1, 2) }, draw.name);
  const services: ServiceShape[] = [];
  let room = MOST_WORKLOADS;
  for (let index = 0; index < random.integer(2, 3) && room > 0; index++) {
    const count = Math.min(room, index === 0 ? random.integer(2, 4) : random.integer(1, 4));
    room -= count;
    services.push(drawService(draw, { index, count, namespace: random.pick(namespaces), networks }));
  }
  return {
    seed,
    networks,
    services,
    clients: drawClients(draw, networks, services.length),
    machine,
    rootNamespace,
    serviceBlock: `172.${random.integer(16, 31)}.0.0/16`,
    ingressPort: draw.port(),
    policyForAll: random.chance(0.5),
    fileCount: random.integer(1, 4),
  };
}

function drawMachine(draw: Draw): MachineShape {
  const { random } = draw;
  // RFC 2544's block, which nothing else on this host uses; a /30 of it.
  const pair = `198.${random.integer(18, 19)}.${random.integer(0, 255)}.`;
  const start = random.integer(1, 62) * 4;
  return {
    name: draw.name(),
    namespace: draw.name(),
    account: draw.name(),
    network: draw.name(),
    isolated: {
      gateway: `${pair}${start + 1}`,
      address: `${pair}${start + 2}`,
      listen: random.pick(["0.0.0.0", "127.0.0.1"] as const),
    },
    loopback: { gateway: draw.loopback(), address: draw.loopback() },
    application: { name: draw.name(), port: draw.port(), page: random.pick(["headers", "listing"]) },
  };
}

function drawNetwork(draw: Draw, index: number, rootNamespace: string): NetworkShape {
  const block = draw.block();
  return {
    name: draw.name(),
    block,
    gateway: {
      name: draw.name(),
      namespace: draw.random.chance(0.5) ? rootNamespace : draw.name(),
      account: draw.name(),
      label: draw.name(),
      address: index === 0 ? GATEWAY_ADDRESS : `${block}.${draw.random.integer(200, 254)}`,
    },
  };
}

interface ServiceDraw {
  readonly index: number;
  readonly count: number;
  readonly namespace: string;
  readonly networks: readonly NetworkShape[];
}

function drawService(draw: Draw, { index, count, namespace, networks }: ServiceDraw): ServiceShape {
  const { random } = draw;
  const name = draw.name();
  const versions = random.chance(0.5) ? ["v1"] : ["v1", "v2"];
  const workloads = Array.from({ length: count }, (_, nth): WorkloadShape => {
    const network = index === 0 ? 0 : random.integer(0, networks.length - 1);
    // Ten addresses a service and network: none is drawn twice.
    const address = `${networks[network]?.block}.${10 + index * 10 + nth}`;
    return { name: `${name}-${nth}`, address, network, version: versions[nth % versions.length]! };
  });
  return {
    name,
    namespace,
    account: draw.name(),
    app: draw.name(),
    ports: drawPorts(draw),
    workloads,
    registered: random.pick(["slices", "endpoints", "pods", "workload-entries"] as const),
    injectedBy: random.pick(["namespace", "label"] as const),
    exposed: index === 0 || random.chance(0.6) ? drawExposed(draw, name, namespace) : undefined,
    subsets: random.chance(0.6) ? versions.filter((version) => workloads.some((one) => one.version === version)) : [],
  };
}

function drawPorts(draw: Draw): readonly PortShape[] {
  const { random } = draw;
  const of = (protocol: PortShape["protocol"]): PortShape => {
    const number = draw.port();
    const targetPort = random.chance(0.5) ? number : draw.port();
    return { protocol, name: random.chance(0.3) ? protocol : `${protocol}-${draw.name()}`, number, targetPort };
  };
  return random.chance(0.4) ? [of("tcp"), of("http")] : [of("http")];
}

function drawExposed(draw: Draw, name: string, namespace: string): ExposedShape {
  const { random } = draw;
  const given = random.chance(0.5) ? `127.255.${random.integer(0, 255)}.${random.integer(1, 254)}` : draw.loopback();
  return {
    host: `${name}.${namespace}.global`,
    vip: random.chance(0.5) ? given : undefined,
    resolution: random.pick(["DNS", "STATIC"] as const),
    requestsPerConnection: random.integer(1, 3),
  };
}

function drawClients(draw: Draw, networks: readonly NetworkShape[], services: number): readonly ClientShape[] {
  const clients = networks.map(({ block }, network) => ({
    name: draw.name(),
    namespace: draw.name(),
    account: draw.name(),
    address: `${block}.${draw.random.integer(150, 199)}`,
    network,
    calls: [] as number[],
  }));
  for (let service = 0; service < services; service++) draw.random.pick(clients).calls.push(service);
  return clients;
}
