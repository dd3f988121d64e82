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
  const failures = [...during, ...after].filter((result) => "failure" in result || result.status !== 200).length;
  return {
    passed: failures === 0 && back.passed && changed.length === 0,
    proof: [
      `server killed (SIGKILL): ${during.length} calls; started again: ${after.length} calls; ${failures} failures`,
      ...back.proof,
      changed.length === 0
        ? "no proxy was sent a resource that it had"
        : `UPDATED AGAIN: ${changed.map(([name, count]) => `${name} ${before.get(name) ?? 0} -> ${count}`).join(", ")}`,
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
  /^(cluster_manager\.(cluster_added|cluster_modified|cluster_removed|cds\.update_success)|listener_manager\.(listener_added|listener_modified|listener_removed|lds\.update_success)|.*\.(rds|eds)\..*update_success|cluster\.[^.].*\.update_success)$/;

/** How often each proxy took an update, by `proxy stat`. */
async function updates(stage: Stage): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const proxy of stage.plan.proxies) {
    for (const [name, count] of await stage.stats(proxy.name)) {
      if (counted.test(name)) found.set(`${proxy.name} ${name}`, count);
    }
  }
  return found;
}
