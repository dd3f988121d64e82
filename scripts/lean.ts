import type { Plugin } from "esbuild";

const BUILTIN = "builtin";
const RARE = "rare";
const LEFT_OUT = "left-out";

/**
 * Keeps out of memory what a program loads and does not use:
 *
 * - An ES module that imports `node:http` makes Node read everything that it exports, `WebSocket` too, and so load all of
 *   undici. Of what `require` gives, nothing is read before it is used.
 * - Fastify and prom-client load HTTP/2 and HTTPS, for servers and clients that nobody starts here.
 * - Of Fastify, compilers for schemas of routes (no route has one), its logger and its requests for tests: half a megabyte
 *   of text.
 */
export const lean: Plugin = {
  name: "lean",
  setup(build) {
    build.onResolve({ filter: /^node:http$/ }, ({ path, kind }) =>
      kind === "import-statement" ? { path, namespace: BUILTIN } : undefined,
    );
    build.onResolve({ filter: /^(?:node:)?(?:http2|https)$/ }, ({ path, importer }) =>
      /\/node_modules\/(?:fastify|prom-client)\//.test(importer) ? { path, namespace: RARE } : undefined,
    );
    build.onResolve(
      { filter: /^(?:@fastify\/(?:ajv|fast-json-stringify)-compiler|light-my-request|pino)$/ },
      ({ path, importer }) => (/\/node_modules\/fastify\//.test(importer) ? { path, namespace: LEFT_OUT } : undefined),
    );
    build.onLoad({ filter: /.*/, namespace: LEFT_OUT }, ({ path }) => ({
      contents: `module.exports = () => () => { throw new Error(${JSON.stringify(`${path} is not in the bundle`)}) }`,
    }));
    build.onLoad({ filter: /.*/, namespace: BUILTIN }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
    build.onLoad({ filter: /.*/, namespace: RARE }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, key) => require(${JSON.stringify(path)})[key] })`,
    }));
  },
};

/** Whether an input of the bundle, as its metadata names it, is a file. */
export function isFile(input: string): boolean {
  return ![BUILTIN, RARE, LEFT_OUT].some((namespace) => input.startsWith(`${namespace}:`));
}
