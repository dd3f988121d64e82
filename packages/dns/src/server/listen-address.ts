import type { IpAddress } from "@portolan/model";

export interface ListenAddress {
  readonly address: IpAddress;
  /** 0: any free one, the same for UDP and TCP. */
  readonly port: number;
}
