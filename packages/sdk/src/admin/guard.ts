import { timingSafeEqual } from "node:crypto";
import { isLoopback, parseIpAddress, type SecretText } from "@portolan/model";
import type { FastifyInstance } from "fastify";

export interface GuardOptions {
  /** It listens on an address that others can reach: then everything but `/live` needs the token. */
  readonly exposed: boolean;
}

/**
 * Guards the admin API on TCP: on loopback a Host or an Origin that is not loopback is refused (a page in a browser, DNS rebinding), and
 * whatever changes something needs the token, on loopback too. The Unix socket needs neither: its file is 0600.
 */
export function guardTcp(server: FastifyInstance, token: SecretText, { exposed }: GuardOptions): void {
  server.addHook("onRequest", async (request, reply) => {
    const { host, origin, authorization = "" } = request.headers;
    const reads = request.method === "GET" || request.method === "HEAD";
    // A page cannot know the token: where that is needed anyway, the server's own name may be anything.
    if (!exposed && !isLoopbackHost(host)) {
      const error = "the Host header is not a loopback address: use 127.0.0.1 or localhost";
      return reply.code(403).send({ error, code: "refused" });
    }
    if (origin !== undefined && !(URL.canParse(origin) && isLoopbackHost(new URL(origin).host))) {
      return reply.code(403).send({ error: "requests from pages of another origin are refused", code: "refused" });
    }
    const free = exposed ? reads && request.routeOptions.url === "/live" : reads;
    if (free || sameText(authorization, `Bearer ${token.reveal()}`)) return;
    const what = exposed ? "this address" : "writing";
    const error = `${what} needs the header "Authorization: Bearer TOKEN", with the text of DATA/admin.token`;
    return reply.code(401).header("www-authenticate", "Bearer").send({ error, code: "refused" });
  });
}

function isLoopbackHost(host: string | undefined): boolean {
  const name = (host ?? "").toLowerCase().replace(/:\d+$/, "");
  if (name === "localhost") return true;
  const address = parseIpAddress(name.replace(/^\[(.*)\]$/, "$1"));
  return address.ok && isLoopback(address.value);
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
