import { copyData, RegistryError } from "@portolan/registry";

/** Asks the server that runs on a data folder for a copy of its database. */
export type AskForCopy = () => Promise<Uint8Array>;

/** A copy of a data folder's database, by its server where one runs: nobody else can read it then. */
export async function fetchCopy(data: string, askServer: AskForCopy): Promise<Uint8Array> {
  try {
    return copyData(data);
  } catch (error) {
    if (error instanceof RegistryError && error.code === "data-in-use") return askServer();
    throw error;
  }
}
