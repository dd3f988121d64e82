import type { FastifyInstance } from "fastify";

const always: ReadonlySet<string> = new Set(["/live", "/ready", "/metrics"]);

/** Before the first sync an empty mesh would be a wrong answer: all but health and metrics is 503 until then. */
export function refuseUntilReady(server: FastifyInstance, ready: () => boolean): void {
  server.addHook("onRequest", async (request, reply) => {
    if (ready() || always.has(request.routeOptions.url ?? "")) return;
    return reply
      .code(503)
      .header("retry-after", "1")
      .send({ error: "the server is starting or stopping: try again in a moment", code: "unreachable" });
  });
}
