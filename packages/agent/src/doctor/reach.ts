import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { printable } from "@portolan/model";
import { CONTROL_PLANE_NAME, type HostPort } from "../bootstrap/options.ts";
import type { CertificateTexts } from "./certificate.ts";
import { type DiagnosisStep, failed, passed, skipped } from "./step.ts";

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Undefined where a connection could be made, else why not: an error code, or `timeout`. */
export async function dial(target: HostPort, timeoutMs: number): Promise<string | undefined> {
  const socket = connectTcp({ host: target.host, port: target.port });
  try {
    await settled(socket, "connect", timeoutMs);
    return undefined;
  } catch (error) {
    return reason(error);
  } finally {
    socket.destroy();
  }
}

export async function checkTcp(target: HostPort, timeoutMs: number): Promise<DiagnosisStep> {
  const name = "control plane TCP";
  const why = await dial(target, timeoutMs);
  const address = formatHostPort(target);
  if (why === undefined) return passed(name, address);
  const remedy = `let this machine reach ${address} (route, firewall), and see that the gateway or the control plane listens there`;
  return failed(name, `${address} cannot be reached: ${why}`, remedy);
}

/**
 * A whole handshake with this machine's certificate. In TLS 1.3 the server refuses a client only after the client is done,
 * so it counts once the server has spoken HTTP/2.
 */
export async function checkTls(target: HostPort, texts: CertificateTexts, timeoutMs: number): Promise<DiagnosisStep> {
  const name = "control plane TLS";
  const { rootCertificates: ca, certificateChain: cert, privateKey: key } = texts;
  if (ca === undefined || cert === undefined || key === undefined) {
    return skipped(name, "needs root-cert.pem, cert-chain.pem and key.pem");
  }
  const address = `${formatHostPort(target)} as ${CONTROL_PLANE_NAME}`;
  let socket: ReturnType<typeof connectTls> | undefined;
  let verified = false;
  try {
    socket = connectTls({
      ...{ host: target.host, port: target.port, servername: CONTROL_PLANE_NAME },
      ...{ ca, cert, key, ALPNProtocols: ["h2"], minVersion: "TLSv1.2" },
    });
    await settled(socket, "secureConnect", timeoutMs);
    if (socket.alpnProtocol !== "h2") throw new Error("it does not speak HTTP/2");
    verified = true;
    await settled(socket, "data", timeoutMs);
    return passed(name, `${address}, ${socket.getProtocol() ?? "TLS"}`);
  } catch (error) {
    return failed(name, `${address}: ${reason(error)}`, remedyOf(error, verified));
  } finally {
    socket?.destroy();
  }
}

function remedyOf(error: unknown, verified: boolean): string {
  const code = String((error as NodeJS.ErrnoException).code ?? "");
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `what listens there is not the control plane (${CONTROL_PLANE_NAME})`;
  if (verified || /ALERT/.test(code))
    return "the control plane refuses this machine's certificate: issue it from the control plane's authority";
  if (/CERT|ISSUER|SIGNATURE|CHAIN/.test(code)) return "root-cert.pem must be the control plane's own: copy it again";
  return `see that this is the gateway's port 15443, which passes ${CONTROL_PLANE_NAME} on, or the control plane's xDS port`;
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return printable(code === undefined ? message : `${code}`);
}

/** Waits for an event; an error, the end and silence for `timeoutMs` reject. */
function settled(socket: Socket, event: "connect" | "secureConnect" | "data", timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(timeoutMs, () => reject(new Error(`no answer in ${timeoutMs} ms`)));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed")));
    socket.once(event, () => resolve());
  });
}
