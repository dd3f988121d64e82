import { formatProblem, type Registry } from "@portolan/registry";
import type { FastifyInstance } from "fastify";
import type { Metrics } from "../../telemetry/metrics.ts";

export interface Health {
  readonly registry: Pick<Registry, "problems" | "snapshot">;
  readonly metrics: Pick<Metrics, "contentType" | "text">;
  /** Whether every source was read once and everything serves. */
  ready(): boolean;
}

/** `/live`, `/ready` (503 until the first sync; what is wrong with which object is listed) and `/metrics`. */
export function addHealthRoutes(server: FastifyInstance, { registry, metrics, ready }: Health): void {
  server.get("/live", async () => ({ live: true }));

  server.get("/ready", async (_request, reply) => {
    const problems = registry.problems().filter((problem) => problem.severity !== "info");
    return reply.code(ready() ? 200 : 503).send({
      ready: ready(),
      revision: registry.snapshot.revision,
      problems: problems.map((problem) => ({ ...problem, text: formatProblem(problem) })),
    });
  });

  server.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}
