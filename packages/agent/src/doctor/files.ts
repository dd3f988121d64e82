import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { MachineFiles } from "../machine/files.ts";
import { type DiagnosisStep, failed, passed } from "./step.ts";

/** Who has to own the files, such as `istio-proxy`. */
export interface FileOwner {
  readonly uid: number;
  readonly name: string;
}

export interface FileCheck {
  readonly step: DiagnosisStep;
  /** Undefined where it cannot be read. */
  readonly text: string | undefined;
}

export async function checkFile(path: string, secret: boolean, owner: FileOwner | undefined): Promise<FileCheck> {
  const name = `file ${basename(path)}`;
  let text: string;
  let mode: number;
  let uid: number;
  try {
    text = await readFile(path, "utf8");
    ({ mode, uid } = await stat(path));
  } catch (error) {
    return { step: unreadable(name, path, (error as NodeJS.ErrnoException).code ?? "?"), text: undefined };
  }
  const octal = (mode & 0o777).toString(8).padStart(4, "0");
  if (owner !== undefined && uid !== owner.uid) {
    const detail = `${path} belongs to user ${uid}, not to ${owner.name} (${owner.uid})`;
    return { step: failed(name, detail, `run: chown ${owner.name} ${path}`), text };
  }
  if (secret && process.platform !== "win32" && (mode & 0o007) !== 0) {
    const detail = `${path} can be used by every user of this machine (mode ${octal})`;
    return { step: failed(name, detail, `run: chmod 0600 ${path}`), text };
  }
  return { step: passed(name, path), text };
}

function unreadable(name: string, path: string, code: string): DiagnosisStep {
  if (code === "ENOENT" || code === "ENOTDIR") {
    return failed(name, `${path} does not exist`, `put ${basename(path)} there, or say where it is with --dir`);
  }
  const detail = `${path} cannot be read (${code})`;
  return failed(name, detail, code === "EISDIR" ? "it must be a file" : "run this as its owner, or chown it");
}

export interface MachineFileChecks {
  readonly steps: readonly DiagnosisStep[];
  readonly texts: { readonly [File in keyof MachineFiles]: string | undefined };
}

export async function checkFiles(files: MachineFiles, owner: FileOwner | undefined): Promise<MachineFileChecks> {
  const roots = await checkFile(files.rootCertificates, false, owner);
  const chain = await checkFile(files.certificateChain, false, owner);
  const key = await checkFile(files.privateKey, true, owner);
  const env = await checkFile(files.clusterEnv, false, owner);
  return {
    steps: [roots.step, chain.step, key.step, env.step],
    texts: {
      rootCertificates: roots.text,
      certificateChain: chain.text,
      privateKey: key.text,
      clusterEnv: env.text,
    },
  };
}
