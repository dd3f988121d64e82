import { SdkError } from "./error.ts";
import { formatListenAddress, type ListenAddress } from "./listen-address.ts";
import { findPortHolder } from "./port-holder.ts";

/** What the system said of an address that could not be listened on. */
export interface ListenRefusal {
  /** `EADDRINUSE`, ...; undefined where it gave none. */
  readonly code: string | undefined;
  readonly message: string;
}

/** Why an address could not be listened on, who holds it where that can be seen, and what to do. `flag` is the option that names it. */
export async function listenFailure(
  refusal: ListenRefusal,
  listen: ListenAddress,
  flag: string,
  protocol: "tcp" | "udp" = "tcp",
): Promise<SdkError> {
  const place = `${flag} ${formatListenAddress(listen)}`;
  const options = { cause: refusal };
  switch (refusal.code) {
    case "EADDRINUSE": {
      const holder =
        (await findPortHolder(listen, protocol)) ??
        (protocol === "udp" ? await findPortHolder(listen, "tcp") : undefined);
      const by = holder === undefined ? "" : ` by ${holder}`;
      const advice = `end it, or choose another with ${flag} (port 0 takes a free one)`;
      return new SdkError("port-in-use", `${place} is in use${by}: ${advice}`, options);
    }
    case "EADDRNOTAVAIL":
      return new SdkError("usage", `${place}: this machine has no such address; use one of its own`, options);
    case "EACCES":
    case "EPERM":
      return new SdkError(
        "usage",
        `${place}: this process may not take port ${listen.port}; choose a port from 1024 on with ${flag}, or grant CAP_NET_BIND_SERVICE`,
        options,
      );
    default:
      return new SdkError("failed", `${place} cannot be listened on: ${refusal.message}`, options);
  }
}
