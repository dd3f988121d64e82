import { lookup as systemLookup } from "node:dns/promises";
import { type IncomingHttpHeaders, request } from "node:http";
import { isIP } from "node:net";

/** What one call brought back; `failure` where there was no answer. */
export type CallResult =
  | { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string; readonly address: string }
  | { readonly failure: string; readonly address: string };

export interface CallOptions {
  readonly url: string;
  /** The Host header, where it is not the URL's. */
  readonly host?: string;
  /** Finds addresses where the system's own resolver must not. */
  readonly resolve?: (name: string) => Promise<string>;
  readonly timeoutMs?: number;
}

/** One HTTP request on a connection of its own. */
export async function call(options: CallOptions): Promise<CallResult> {
  const url = new URL(options.url);
  let address = url.hostname;
  try {
    if (isIP(address) === 0) address = await (options.resolve ?? systemResolve)(url.hostname);
  } catch (error) {
    return { failure: `${url.hostname} does not resolve: ${(error as Error).message}`, address: "" };
  }
  return await new Promise((resolve) => {
    const asked = request(
      {
        host: address,
        port: url.port === "" ? 80 : Number(url.port),
        path: `${url.pathname}${url.search}`,
        headers: { host: options.host ?? url.host },
        agent: false,
        timeout: options.timeoutMs ?? 5_000,
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => (body += text));
        response.once("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body, address }),
        );
        response.once("error", (error) => resolve({ failure: error.message, address }));
      },
    );
    asked.once("timeout", () => asked.destroy(new Error("no answer in time")));
    asked.once("error", (error) => resolve({ failure: error.message, address }));
    asked.end();
  });
}

/** One after the other. */
export async function callTimes(options: CallOptions, count: number): Promise<readonly CallResult[]> {
  const results: CallResult[] = [];
  for (let made = 0; made < count; made++) results.push(await call(options));
  return results;
}

async function systemResolve(name: string): Promise<string> {
  return (await systemLookup(name, { family: 4 })).address;
}
