import { chmod, rm } from "node:fs/promises";
import type { SecretText } from "@portolan/model";
import { RegistryError } from "@portolan/registry";
import fastify, { type FastifyInstance } from "fastify";
import { SdkError } from "../error.ts";
import { formatListenAddress, type ListenAddress } from "../listen-address.ts";
import { findPortHolder } from "../port-holder.ts";
import { guardTcp } from "./guard.ts";
import { statusOf } from "./routes/objects.ts";

export interface AdminServer extends AsyncDisposable {
  /** Undefined where it serves the Unix socket alone. */
  readonly address: ListenAddress | undefined;
}

export interface AdminServerOptions {
  readonly listen: ListenAddress | undefined;
  /** Path of the Unix socket (0600); an old one in its place is replaced. */
  readonly socket: string;
  readonly token: SecretText;
  readonly addRoutes: (server: FastifyInstance) => void;
}

/** The admin API, twice: on TCP behind the guard, and on a Unix socket for the command line. */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const make = (guarded: boolean) => {
    const server = fastify({ bodyLimit: 32 * 1024 * 1024, forceCloseConnections: true });
    if (guarded) guardTcp(server, options.token);
    server.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
      const { status, ...body } = answerTo(error);
      return reply.code(status).send(body);
    });
    options.addRoutes(server);
    return server;
  };
  const local = make(false);
  await rm(options.socket, { force: true });
  const umask = process.umask(0o177);
  try {
    await local.listen({ path: options.socket });
  } finally {
    process.umask(umask);
  }
  await chmod(options.socket, 0o600);

  if (options.listen === undefined) return { address: undefined, [Symbol.asyncDispose]: () => local.close() };
  const server = make(true);
  try {
    await server.listen({ host: options.listen.address, port: options.listen.port });
  } catch (error) {
    await local.close();
    throw await listenFailure(error as NodeJS.ErrnoException, options.listen, "--admin");
  }
  const bound = server.server.address() ?? "";
  return {
    address: { address: options.listen.address, port: typeof bound === "object" ? bound.port : options.listen.port },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([server.close(), local.close()]);
    },
  };
}

function answerTo(error: Error & { statusCode?: number }): { status: number; error: string; code?: string } {
  if (error instanceof RegistryError) return { status: statusOf(error), error: error.message, code: error.code };
  if (error instanceof SdkError)
    return { status: error.code === "not-found" ? 404 : 400, error: error.message, code: error.code };
  const status = error.statusCode ?? 500;
  return { status, error: error.message };
}

/** Why an address could not be listened on, and who holds it where that can be seen. */
export async function listenFailure(
  error: NodeJS.ErrnoException,
  listen: ListenAddress,
  flag: string,
): Promise<SdkError> {
  const place = formatListenAddress(listen);
  if (error.code === "EADDRINUSE") {
    const holder = (await findPortHolder(listen.port, "tcp")) ?? (await findPortHolder(listen.port, "udp"));
    const by = holder === undefined ? "" : ` by ${holder}`;
    return new SdkError(
      "port-in-use",
      `${flag} ${place} is in use${by}: end it, or choose another with ${flag} (port 0 takes a free one)`,
      { cause: error },
    );
  }
  if (error.code === "EADDRNOTAVAIL") {
    return new SdkError("usage", `${flag} ${place}: this machine has no such address`, { cause: error });
  }
  return new SdkError("failed", `${flag} ${place} cannot be listened on: ${error.message}`, { cause: error });
}
