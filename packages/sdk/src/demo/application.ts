import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Application extends AsyncDisposable {
  readonly port: number;
}

/** An application of a demonstration: it answers each request with a page that tells who answered. */
export async function serveApplication(options: {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly page: "headers" | "listing";
}): Promise<Application> {
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader("x-application", options.name);
    if (options.page === "headers") {
      response.setHeader("content-type", "application/json");
      response.end(`${JSON.stringify({ application: options.name, url: request.url, headers: request.headers })}\n`);
    } else {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(
        `<!DOCTYPE html>\n<title>Directory listing for /</title>\n<h2>Directory listing for /</h2>\n<p>${options.name}</p>\n`,
      );
    }
  });
  await listen(server, options.address, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => resolve());
  });
}
