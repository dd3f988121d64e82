import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import type { RunStep } from "./step.ts";

/** A port that the service does not declare is refused, and the doctor names the declared ones. */
export const closedPortStep: RunStep<"closed-port"> = async (step, stage) => {
  const result = await stage.call(step.from, `http://${step.host}:${step.port}/`);
  const { declaredPorts } = await stage.client.get<{ declaredPorts: number[] }>(
    `/api/v1/routes/host?${new URLSearchParams({ host: step.host, port: String(step.port) })}`,
  );
  const refused = "failure" in result;
  return {
    passed: refused && declaredPorts.length > 0,
    proof: [
      refused ? `port ${step.port} is refused: ${result.failure}` : `port ${step.port} answered ${result.status}`,
      `declared ports of ${step.host}: ${declaredPorts.join(", ")}`,
    ],
  };
};

/** The gateway closes what leads nowhere, plaintext included, and the routing model says why. */
export const closedSniStep: RunStep<"closed-sni"> = async (step, stage) => {
  const proof: string[] = [];
  let passed = true;
  for (const sni of step.snis) {
    const opened = await opensTls(step.gateway, sni);
    const route = await stage.client.get<{ kind: string; reason?: string }>(
      `/api/v1/routes/sni?${new URLSearchParams({ sni, network: step.network })}`,
    );
    passed &&= !opened && route.kind === "closed";
    proof.push(`${opened ? "OPEN" : "closed"}: ${sni} (${route.reason ?? route.kind})`);
  }
  const plaintext = await answersPlaintext(step.gateway);
  proof.push(plaintext ? "OPEN: plaintext was answered" : "closed: plaintext");
  return {
    passed: passed && !plaintext,
    proof,
    repeat: `openssl s_client -connect ${step.gateway}:15443 -servername ${step.snis[0] ?? ""}`,
  };
};

/** Whether a TLS handshake gets so far that the other side shows a certificate. */
export function opensTls(address: string, sni: string): Promise<boolean> {
  return new Promise((resolve) => {
    let shown = false;
    const socket = connectTls({
      host: address,
      port: 15443,
      servername: sni,
      rejectUnauthorized: false,
      ALPNProtocols: ["istio"],
    });
    socket.setTimeout(3_000, () => socket.destroy());
    socket.once("secureConnect", () => {
      shown = true;
      socket.destroy();
    });
    // An alert that asks for our certificate comes from a workload as well.
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (/certificate required|alert/i.test(error.message)) shown = true;
    });
    socket.once("close", () => resolve(shown));
  });
}

function answersPlaintext(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answered = false;
    const socket = connectTcp({ host: address, port: 15443 }, () => socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on("data", () => {
      answered = true;
    });
    socket.once("error", () => undefined);
    socket.once("close", () => resolve(answered));
  });
}
