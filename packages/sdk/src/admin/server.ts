import { createServer, type Server } from "node:http";
import type { SecretText } from "@portolan/model";
import fastify, { type FastifyInstance } from "fastify";
import { reportFault } from "../control-plane/warnings.ts";
import { formatHttpDate } from "../instant.ts";
import { isLoopbackListen, type ListenAddress } from "../listen-address.ts";
import { listenFailure } from "../listen-failure.ts";
import { answerTo } from "./answer.ts";
import { guardTcp } from "./guard.ts";
import { listenPrivately } from "./private-socket.ts";

export interface AdminServer extends AsyncDisposable {
  /** Undefined where it serves the Unix socket alone. */
  readonly address: ListenAddress | undefined;
}

export interface AdminServerOptions {
  /** On an address that is not loopback, reading needs the token as well. */
  readonly listen: ListenAddress | undefined;
  /** Path of the Unix socket (0600); an old one in its place is replaced. */
  readonly socket: string;
  readonly token: SecretText;
  readonly addRoutes: (server: FastifyInstance) => void;
}

/**
 * The admin API, twice: on TCP behind the guard, and on a Unix socket for the command line.
 *
 * @throws SdkError `port-in-use`, `usage`, `data-not-writable`, `failed`; nothing is listened on then
 */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const { listen } = options;
  const parts = new AsyncDisposableStack();
  try {
    const local = await prepare(options, undefined);
    parts.defer(() => close(local));
    await listenPrivately(local.http, options.socket);
    if (listen === undefined) return { address: undefined, [Symbol.asyncDispose]: () => parts.disposeAsync() };
    const guarded = await prepare(options, listen);
    parts.defer(() => close(guarded));
    const address = { address: listen.address, port: await listenTcp(guarded.http, listen) };
    return { address, [Symbol.asyncDispose]: () => parts.disposeAsync() };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

interface Prepared {
  readonly app: FastifyInstance;
  readonly http: Server;
}

async function prepare(options: AdminServerOptions, guarded: ListenAddress | undefined): Promise<Prepared> {
  let http: Server | undefined;
  const app = fastify({
    bodyLimit: 32 * 1024 * 1024,
    serverFactory: (handler) => {
      http = createServer((request, response) => {
        response.setHeader("date", formatHttpDate(Date.now()));
        handler(request, response);
      });
      return http;
    },
  });
  if (guarded !== undefined) guardTcp(app, options.token, { exposed: !isLoopbackListen(guarded) });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const { status, ...body } = answerTo(error);
    if (status === 500) reportFault(`${request.method} ${request.routeOptions.url ?? ""}`, error);
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `there is no ${request.method} ${request.url.split("?", 1)[0]}`, code: "not-found" }),
  );
  options.addRoutes(app);
  await app.ready();
  if (http === undefined) throw new Error("fastify made no server");
  return { app, http };
}

async function close({ app, http }: Prepared): Promise<void> {
  const closed = new Promise<void>((resolve) => http.close(() => resolve()));
  http.closeAllConnections();
  await closed;
  await app.close();
}

function listenTcp(http: Server, listen: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", (error: NodeJS.ErrnoException) => {
      const { code, message } = error;
      listenFailure({ code, message }, listen, "--admin").then(reject, reject);
    });
    http.listen(listen.port, listen.address, () => {
      const bound = http.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : listen.port);
    });
  });
}
