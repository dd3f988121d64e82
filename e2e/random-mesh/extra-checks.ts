import type { Stage } from "@portolan/sdk";
import { probeTls } from "../testing/tls-probe.ts";
import { identity } from "./demo-plan.ts";
import { hostOf, httpPort, type MeshShape, type ServiceShape } from "./shape.ts";

/** Ports that are not HTTP are carried as they are: the answer is the application's own, of one of the service's workloads. */
export async function checkTcpPorts(shape: MeshShape, stage: Stage): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const client of shape.clients) {
    for (const service of client.calls.map((at) => shape.services[at]!)) {
      for (const port of service.ports.filter((one) => one.protocol === "tcp")) {
        const url = `http://${hostOf(service)}:${port.number}/`;
        const result = await stage.call(client.name, url);
        if ("failure" in result) wrong.push(`${client.name} -> ${url}: ${result.failure}`);
        else if (result.headers.server !== undefined) wrong.push(`${url} was taken for HTTP by an Envoy`);
        else if (!namesOf(service).includes(String(result.headers["x-application"])))
          wrong.push(`${url}: a stranger answered`);
      }
    }
  }
  return wrong;
}

/** A subset's name leads to the service's workloads of that version, where the gateway's own network has one. */
export async function checkSubsets(shape: MeshShape, stage: Stage): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const [index, network] of shape.networks.entries()) {
    const address = stage.plan.proxies.find((proxy) => proxy.name === network.gateway.name)!.address;
    for (const service of shape.services) {
      for (const version of service.subsets) {
        const open = service.workloads.some((one) => one.network === index && one.version === version);
        const sni = `outbound_.${httpPort(service).number}_.${version}_.${hostOf(service)}`;
        const met = await probeTls(address, 15443, sni);
        const seen = met.kind === "certificate" ? met.uris.join() : "";
        const expected = open ? identity(service.namespace, service.account) : "";
        if (seen !== expected) wrong.push(`${sni} at ${network.name}: "${seen}" in the place of "${expected}"`);
      }
    }
  }
  return wrong;
}

function namesOf(service: ServiceShape): readonly string[] {
  return service.workloads.map((workload) => workload.name);
}
