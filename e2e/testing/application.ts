import { createServer } from "node:http";

/** What an application answers, as JSON: who it is and which headers it was sent. */
export interface Page {
  readonly application: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** An HTTP application that tells its name and the headers of the request. */
export async function startApplication(name: string, address: string, port: number): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ application: name, headers: request.headers }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
