import { formatClusterName, parseHostname, parsePortNumber } from "@portolan/model";
import type { Stage } from "../stage.ts";
import type { RunStep } from "./step.ts";

/** Many calls over many connections reach every workload, each its share. */
export const spreadStep: RunStep<"spread"> = async (step, stage) => {
  const before = await upstreamConnections(stage, step.from, step.url);
  const results = await stage.calls(step.from, step.url, step.requests);
  const connections = (await upstreamConnections(stage, step.from, step.url)) - before;
  const answered = new Map(step.over.map((name) => [name, 0]));
  let failures = 0;
  for (const result of results) {
    const by = "failure" in result || result.status !== 200 ? undefined : String(result.headers["x-application"]);
    if (by !== undefined && answered.has(by)) answered.set(by, (answered.get(by) ?? 0) + 1);
    else failures++;
  }
  const shares = [...answered].map(([name, count]) => ({ name, share: count / step.requests }));
  return {
    passed:
      failures === 0 &&
      results.length === step.requests &&
      connections >= step.connections &&
      shares.every(({ share }) => share >= step.least && share <= step.most),
    proof: [
      `${results.length} calls, ${failures} failures, ${connections} upstream connections`,
      shares.map(({ name, share }) => `${name} ${(share * 100).toFixed(1)} %`).join(", "),
    ],
  };
};

async function upstreamConnections(stage: Stage, proxy: string, url: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const host = parseHostname(hostname);
  const number = parsePortNumber(Number(port === "" ? 80 : port));
  if (!host.ok || !number.ok) return 0;
  const cluster = formatClusterName({ hostname: host.value, port: number.value, subset: "" });
  const stats = await stage.stats(proxy);
  return stats.get(`cluster.${cluster}.upstream_cx_total`) ?? 0;
}
