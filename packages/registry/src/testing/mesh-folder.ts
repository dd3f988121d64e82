import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder of its own that goes away with the test. */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "registry-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Writes files, by path below a folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

export interface EntryOptions {
  readonly namespace?: string;
  readonly host?: string;
  readonly address?: string;
  readonly endpoint?: string;
  readonly port?: number | string;
}

/** A ServiceEntry, as a document without its marker. */
export function serviceEntry(name: string, options: EntryOptions = {}): string {
  const { namespace = "shop", host = `${name}.example`, address, endpoint = "10.0.0.1", port = 8000 } = options;
  return `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  hosts: [${host}]
${address === undefined ? "" : `  addresses: [${address}]\n`}  location: MESH_INTERNAL
  ports:
  - {number: ${port}, name: http, protocol: HTTP}
  resolution: STATIC
  endpoints:
  - address: ${endpoint}
`;
}

export function documents(...texts: readonly string[]): string {
  return texts.join("---\n");
}
