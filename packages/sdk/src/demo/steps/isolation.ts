import { networkInterfaces } from "node:os";
import type { RunStep } from "./step.ts";

/** Nothing but its gateway can be reached from the machine: not the workloads, not the control plane, no other address of this host. */
export const isolationStep: RunStep<"isolation"> = async (step, stage) => {
  if (stage.ground === "loopback") {
    return { passed: true, proof: ["not shown: without root the machine shares this host's loopback addresses"] };
  }
  const { machine, proxies, applications } = stage.plan;
  const own = new Set([machine?.address, machine?.gateway]);
  const hostAddresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((entry) => entry.family === "IPv4" && !entry.internal && entry.address !== machine?.gateway)
    .map((entry) => entry.address);
  const servers = Object.values(stage.ports()).filter(
    (value): value is string => typeof value === "string" && /:\d+$/.test(value),
  );
  const serverPorts = servers.map((server) => server.slice(server.lastIndexOf(":") + 1));
  const targets = [
    ...servers,
    ...applications.filter((app) => !app.machine).map((app) => `${app.address}:${app.port}`),
    ...proxies.filter((proxy) => !own.has(proxy.address)).map((proxy) => `${proxy.address}:15006`),
    ...[...hostAddresses, machine?.gateway ?? ""].flatMap((address) => serverPorts.map((port) => `${address}:${port}`)),
  ];
  const reached = await stage.reach(step.from, [...new Set(targets)]);
  const open = reached.filter((outcome) => outcome.open);
  const gateway = await stage.reach(step.from, [`${machine?.gateway}:15443`]);
  return {
    passed: open.length === 0 && gateway.every((outcome) => outcome.open),
    proof: [
      `${machine?.gateway}:15443 is ${gateway.every((outcome) => outcome.open) ? "reachable" : "UNREACHABLE"}`,
      open.length === 0
        ? `none of ${reached.length} other addresses is, the control plane's included`
        : `REACHABLE as well: ${open.map((outcome) => outcome.target).join(", ")}`,
    ],
  };
};
