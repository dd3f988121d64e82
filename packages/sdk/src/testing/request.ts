import { request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  json(): unknown;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One HTTP request, to `IP:PORT` or to the path of a Unix socket; its headers are exactly those given. */
export function ask(place: string, path: string, { method = "GET", headers = {}, body }: Asked = {}): Promise<Answer> {
  const at = place.lastIndexOf(":");
  const target = place.includes("/")
    ? { socketPath: place }
    : { host: place.slice(0, at).replace(/^\[(.*)\]$/, "$1"), port: Number(place.slice(at + 1)) };
  return new Promise((resolve, reject) => {
    const asked = request({ ...target, method, path, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.once("error", reject);
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers, json: () => JSON.parse(text) }),
      );
    });
    asked.once("error", reject);
    asked.end(body);
  });
}
