import { request } from "node:http";
import { join } from "node:path";
import { readPorts } from "../control-plane/ports-file.ts";
import { SdkError } from "../error.ts";

/** Speaks to the server that runs on a `--data` directory, over its Unix socket. */
export interface AdminClient {
  get<Answer>(path: string): Promise<Answer>;
  getText(path: string): Promise<string>;
  post<Answer>(path: string, body: string, type?: string): Promise<Answer>;
}

export function createAdminClient(data: string): AdminClient {
  const ask = async (method: string, path: string, body?: string, type?: string): Promise<string> => {
    const socketPath = (await readPorts(data))?.adminSocket ?? join(data, "admin.sock");
    const { status, text } = await exchange({ socketPath, method, path, body, type }).catch((error: Error) => {
      throw new SdkError(
        "unreachable",
        `no server answers on ${socketPath} (${error.message}): start one with "portolan serve --data ${data}", or name its directory with --data`,
      );
    });
    if (status < 400) return text;
    throw new SdkError(codeOf(status), messageOf(text));
  };
  return {
    get: async (path) => JSON.parse(await ask("GET", path)),
    getText: (path) => ask("GET", path),
    post: async (path, body, type = "application/yaml") => JSON.parse(await ask("POST", path, body, type)),
  };
}

interface Exchange {
  readonly socketPath: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly type: string | undefined;
}

function exchange({ socketPath, method, path, body, type }: Exchange): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined
        ? {}
        : { "content-type": type ?? "application/yaml", "content-length": Buffer.byteLength(body) };
    const asked = request({ socketPath, method, path, headers, timeout: 30_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.once("error", reject);
    });
    asked.once("timeout", () => asked.destroy(new Error("no answer in 30 s")));
    asked.once("error", reject);
    asked.end(body);
  });
}

function codeOf(status: number) {
  if (status === 409) return "conflict";
  if (status === 404) return "not-found";
  if (status === 400 || status === 422) return "bad-data";
  return "failed";
}

function messageOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: string };
    return error ?? text;
  } catch {
    return text;
  }
}
