import { formatProblem, type Registry } from "@portolan/registry";
import type { FastifyInstance } from "fastify";
import type { Metrics } from "../../telemetry/metrics.ts";

/** `/live`, `/ready` and `/metrics`. */
export function addHealthRoutes(server: FastifyInstance, registry: Registry, metrics: Metrics): void {
  server.get("/live", async () => ({ live: true }));

  server.get("/ready", async (_request, reply) => {
    const problems = registry.problems().filter((problem) => problem.severity !== "info");
    return reply.code(registry.synced ? 200 : 503).send({
      ready: registry.synced,
      revision: registry.snapshot.revision,
      problems: problems.map((problem) => ({ ...problem, text: formatProblem(problem) })),
    });
  });

  server.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}
