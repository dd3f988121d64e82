/** How to run an Envoy. */
export interface EnvoyCommand {
  readonly binary: string;
  readonly bootstrapFile: string;
  /** Worker threads; default 1. */
  readonly concurrency?: number;
  /** Default `warning`. */
  readonly logLevel?: "trace" | "debug" | "info" | "warning" | "error" | "critical" | "off";
  /** Linux network namespace, by its name in `ip netns`. */
  readonly netns?: string;
}

/** The program to start, with its arguments. Several Envoys can run on one machine: each picks a base id of its own. */
export function envoyArguments(command: EnvoyCommand, adminAddressFile: string): readonly [string, ...string[]] {
  const { binary, bootstrapFile, concurrency = 1, logLevel = "warning", netns } = command;
  const envoy: [string, ...string[]] = [
    binary,
    ...["--config-path", bootstrapFile],
    ...["--concurrency", String(concurrency)],
    ...["--log-level", logLevel],
    ...["--admin-address-path", adminAddressFile],
    "--use-dynamic-base-id",
  ];
  return netns === undefined ? envoy : ["ip", "netns", "exec", netns, ...envoy];
}
