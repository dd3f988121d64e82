import type { Stage } from "../stage.ts";
import { eventually, type RunStep } from "./step.ts";

/** With the server killed, calls go on; with it back, every proxy is connected again and nothing that was unchanged was sent. */
export const outageStep: RunStep<"outage"> = async (step, stage) => {
  const settled = () =>
    eventually(async () => {
      const connected = await stage.connectedProxies();
      const passed = connected.length >= stage.plan.proxies.length;
      return { passed, proof: [`${connected.length} proxies are connected and in sync again`] };
    }, 60_000);
  await settled();
  const before = await updates(stage);
  await stage.killServer();
  const during = await stage.calls(step.from, step.url, 50);
  await stage.startServer();
  const back = await settled();
  const after = await stage.calls(step.from, step.url, 50);
  const changed = [...(await updates(stage))].filter(([name, count]) => count !== before.get(name));
  const sent = await resourcesSent(stage);
  const failures = [...during, ...after].filter((result) => "failure" in result || result.status !== 200).length;
  return {
    passed: failures === 0 && back.passed && changed.length === 0 && sent.length === 0,
    proof: [
      `server killed (SIGKILL): ${during.length} calls; started again: ${after.length} calls; ${failures} failures`,
      ...back.proof,
      sent.length === 0 ? "the server sent no resource that a proxy had" : `SENT AGAIN: ${sent.join(", ")}`,
      changed.length === 0
        ? "no proxy changed a cluster or a listener"
        : `CHANGED: ${changed.map(([name, count]) => `${name} ${before.get(name) ?? 0} -> ${count}`).join(", ")}`,
    ],
  };
};

/** Envoy refused nothing that it was sent. */
export const acceptedStep: RunStep<"accepted"> = async (_step, stage) => {
  const rejected: string[] = [];
  let updated = 0;
  for (const proxy of stage.plan.proxies) {
    for (const [name, count] of await stage.stats(proxy.name)) {
      if (name.endsWith(".update_rejected") && count > 0) rejected.push(`${proxy.name} ${name} ${count}`);
      if (name.endsWith(".update_success")) updated += count;
    }
  }
  return {
    passed: rejected.length === 0 && updated > 0,
    proof: [
      rejected.length === 0
        ? `${updated} updates accepted by ${stage.plan.proxies.length} proxies, none rejected`
        : rejected.join("; "),
    ],
  };
};

const counted =
  /^(cluster_manager\.cluster_(added|modified|removed)|listener_manager\.listener_(added|modified|removed))$/;

/** How often each proxy changed a cluster or a listener, by proxy and statistic. */
async function updates(stage: Stage): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const proxy of stage.plan.proxies) {
    for (const [name, count] of await stage.stats(proxy.name)) {
      if (counted.test(name)) found.set(`${proxy.name} ${name}`, count);
    }
  }
  return found;
}

/** What the server has sent since it started, secrets aside: keys live in memory, so a new process has new ones. */
async function resourcesSent(stage: Stage): Promise<readonly string[]> {
  const metrics = await stage.client.getText("/metrics");
  const lines = metrics.split("\n").filter((line) => /^portolan_xds_resources_sent\{/.test(line));
  return lines.filter((line) => !line.includes('"sds"') && !line.endsWith(" 0"));
}
