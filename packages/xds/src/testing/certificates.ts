import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { SecretText } from "@portolan/model";
import { bits, bool, der, explicit, integer, objectId, octets, sequence, set, text, time } from "./der.ts";

export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface TestAuthority extends TestCertificate {
  issue(wish: CertificateWish): TestCertificate;
}

export interface CertificateWish {
  readonly uris?: readonly string[];
  readonly ips?: readonly string[];
  readonly usages?: readonly ("client" | "server")[];
  readonly ca?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly rsaBits?: number;
}

const HOUR_MS = 3_600_000;
const USAGE = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" } as const;
const ECDSA_SHA256 = sequence(objectId("1.2.840.10045.4.3.2"));

export function createTestAuthority(name = "test"): TestAuthority {
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = nameOf(`${name} authority`);

  function write(publicKey: KeyObject, leaf: Buffer, wish: CertificateWish): string {
    const { notBefore = new Date(Date.now() - HOUR_MS), notAfter = new Date(Date.now() + HOUR_MS) } = wish;
    const serial = randomBytes(8);
    serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
    const body = sequence(
      explicit(0, integer(Buffer.from([2]))),
      integer(serial),
      ECDSA_SHA256,
      subject,
      sequence(time(notBefore), time(notAfter)),
      leaf,
      publicKey.export({ type: "spki", format: "der" }),
      explicit(3, sequence(...extensionsOf(wish))),
    );
    return pem("CERTIFICATE", sequence(body, ECDSA_SHA256, bits(sign("sha256", body, own.privateKey))));
  }

  return {
    certificate: write(own.publicKey, subject, { ca: true }),
    key: exported(own.privateKey),
    issue(wish) {
      const pair =
        wish.rsaBits === undefined
          ? generateKeyPairSync("ec", { namedCurve: "P-256" })
          : generateKeyPairSync("rsa", { modulusLength: wish.rsaBits });
      return { certificate: write(pair.publicKey, nameOf("leaf"), wish), key: exported(pair.privateKey) };
    },
  };
}

/** What a server needs to listen, trusting the authority's clients. */
export function serverCertificates(authority: TestAuthority) {
  const { certificate, key } = authority.issue({ ips: ["127.0.0.1"], usages: ["server"] });
  return {
    certificateChain: certificate,
    privateKey: new SecretText(key),
    clientAuthorities: authority.certificate,
  };
}

function extensionsOf({ uris = [], ips = [], usages, ca = false }: CertificateWish): Buffer[] {
  const names = [
    ...uris.map((uri) => der(0x86, Buffer.from(uri))),
    ...ips.map((ip) => der(0x87, Buffer.from(ip.split(".").map(Number)))),
  ];
  const list = [extension("2.5.29.19", true, sequence(...(ca ? [bool(true)] : [])))];
  if (names.length > 0) list.push(extension("2.5.29.17", false, sequence(...names)));
  if (usages !== undefined) {
    list.push(extension("2.5.29.37", false, sequence(...usages.map((usage) => objectId(USAGE[usage])))));
  }
  return list;
}

function extension(id: string, critical: boolean, content: Buffer): Buffer {
  return sequence(objectId(id), ...(critical ? [bool(true)] : []), octets(content));
}

function nameOf(common: string): Buffer {
  return sequence(set(sequence(objectId("2.5.4.3"), text(common))));
}

function exported(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").replace(/(.{64})/g, "$1\n");
  return `-----BEGIN ${label}-----\n${lines.trim()}\n-----END ${label}-----\n`;
}
