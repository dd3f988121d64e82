import type { ControlPlane } from "../control-plane/control-plane.ts";

/** What a server that has started tells: what is served where, and commands to try. */
export function announcement(controlPlane: ControlPlane, data: string, tryHost: string | undefined): string {
  const { listening, registry } = controlPlane;
  const { snapshot } = registry;
  const served = [
    ["xDS (mutual TLS)", listening.xds],
    ["xDS (plaintext: identity is only a claim, no secrets)", listening.xdsPlaintext],
    ["DNS (UDP and TCP)", listening.dnsAddresses?.join(", ") ?? listening.dns],
    ["admin API, /live, /ready, /metrics", listening.admin === undefined ? undefined : `http://${listening.admin}`],
    ["admin API for the command line", controlPlane.adminSocket],
  ].filter((row): row is [string, string] => row[1] !== undefined);
  const width = Math.max(...served.map(([what]) => what.length));
  const lines = served.map(([what, where]) => `  ${what.padEnd(width)}  ${where}`);
  const tries = commandsToTry(controlPlane, data, tryHost).map((command) => `  $ ${command}`);
  return (
    `portolan serves ${snapshot.services.size} services at revision ${snapshot.revision}\n${lines.join("\n")}\n` +
    (tryHost === undefined ? "" : `Try, from this folder:\n${tries.join("\n")}\n`)
  );
}

/** Command lines that work against the running server; a test runs each. */
export function commandsToTry(controlPlane: ControlPlane, data: string, host: string | undefined): readonly string[] {
  const portolan = `npx --yes pnpm@12 -s portolan${data === ".portolan" ? "" : ` --data ${shellWord(data)}`}`;
  const { dns, admin } = controlPlane.listening;
  return [
    ...(host === undefined || dns === undefined ? [] : [`${portolan} dns query ${host}`]),
    `${portolan} get all`,
    `${portolan} hosts`,
    `${portolan} gateway-address`,
    `${portolan} proxy-status`,
    ...(admin === undefined ? [] : [`curl -s http://${admin}/ready`]),
    "npx --yes pnpm@12 demo --check",
  ];
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
