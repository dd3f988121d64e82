import { timingSafeEqual } from "node:crypto";
import { isLoopback, parseIpAddress, type SecretText } from "@portolan/model";
import type { FastifyInstance } from "fastify";

/**
 * Guards the admin API on TCP: a Host or an Origin that is not loopback is refused (a page in a browser, DNS rebinding), and whatever
 * changes something needs the token, on loopback too. The Unix socket needs neither: its file is 0600.
 */
export function guardTcp(server: FastifyInstance, token: SecretText): void {
  server.addHook("onRequest", async (request, reply) => {
    if (!isLoopbackHost(request.headers.host)) {
      return reply.code(403).send({ error: "the Host header is not a loopback address: use 127.0.0.1 or localhost" });
    }
    const origin = request.headers.origin;
    if (origin !== undefined && !(URL.canParse(origin) && isLoopbackHost(new URL(origin).host))) {
      return reply.code(403).send({ error: "requests from pages of another origin are refused" });
    }
    if (request.method === "GET" || request.method === "HEAD") return;
    const given = request.headers.authorization ?? "";
    if (!sameText(given, `Bearer ${token.reveal()}`)) {
      return reply
        .code(401)
        .send({ error: "writing needs the header Authorization: Bearer TOKEN, with the text of DATA/admin.token" });
    }
  });
}

function isLoopbackHost(host: string | undefined): boolean {
  const name = (host ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  if (name === "localhost") return true;
  const address = parseIpAddress(name);
  return address.ok && isLoopback(address.value);
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
