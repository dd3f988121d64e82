import { type Identity, parseNamespace, parseServiceAccountName, type TrustDomain } from "@portolan/model";
import { SdkError } from "../error.ts";

/** An identity from words of a person; `usage` where one of them is no name. */
export function parseIdentity(trustDomain: TrustDomain, namespaceText: string, accountText: string): Identity {
  const namespace = parseNamespace(namespaceText);
  if (!namespace.ok) throw new SdkError("usage", namespace.error);
  const serviceAccount = parseServiceAccountName(accountText);
  if (!serviceAccount.ok) throw new SdkError("usage", serviceAccount.error);
  return { trustDomain, namespace: namespace.value, serviceAccount: serviceAccount.value };
}
