import { request } from "node:http";
import type { Page } from "./application.ts";

export type Answer =
  | { readonly status: number; readonly server: string; readonly page: Page | undefined; readonly body: string }
  | { readonly failure: string };

/** One HTTP request on a connection of its own, to an address, with the host in its header. */
export function call(address: string, port: number, host: string, path = "/"): Promise<Answer> {
  return new Promise((resolve) => {
    const asked = request(
      { host: address, port, path, headers: { host: `${host}:${port}` }, agent: false, timeout: 5_000 },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => {
          body += text;
        });
        response.once("error", (error) => resolve({ failure: error.message }));
        response.once("end", () => {
          const server = String(response.headers.server ?? "");
          resolve({ status: response.statusCode ?? 0, server, page: pageOf(body), body });
        });
      },
    );
    asked.once("timeout", () => asked.destroy(new Error("no answer in time")));
    asked.once("error", (error) => resolve({ failure: error.message }));
    asked.end();
  });
}

/** The URI in the X-Forwarded-Client-Cert header that an application was sent: whose certificate the call came with. */
export function callerOf(page: Page | undefined): string | undefined {
  return /URI=([^;,"]+)/.exec(page?.headers["x-forwarded-client-cert"] ?? "")?.[1];
}

function pageOf(body: string): Page | undefined {
  try {
    return JSON.parse(body) as Page;
  } catch {
    return undefined;
  }
}
