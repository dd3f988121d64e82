import type { Registry } from "@portolan/registry";
import type { FastifyInstance } from "fastify";
import { waitApplied } from "../../control-plane/applied.ts";
import type { XdsPart } from "../../control-plane/xds-part.ts";
import { SdkError } from "../../error.ts";

const MAX_WAIT_MS = 10 * 60_000;

/** `/api/v1/applied`: answers when the connected proxies, or those that `proxy` names, have acknowledged a revision, or the time is over. */
export function addAppliedRoute(server: FastifyInstance, registry: Registry, xds: () => XdsPart): void {
  server.get<{ Querystring: { revision?: string; proxy?: string | string[]; timeoutMs?: string } }>(
    "/api/v1/applied",
    async (request, reply) => {
      const { revision, proxy, timeoutMs = "30000" } = request.query;
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      return waitApplied(registry, xds(), {
        ...(revision === undefined ? {} : { revision: wholeNumber("revision", revision, Number.MAX_SAFE_INTEGER) }),
        ...(proxy === undefined ? {} : { proxies: [proxy].flat() }),
        timeoutMs: wholeNumber("timeoutMs", timeoutMs, MAX_WAIT_MS),
        signal: gone.signal,
      });
    },
  );
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new SdkError("bad-data", `${name}=${JSON.stringify(text)} is not a whole number from 0 to ${most}`);
}
