/** Every code of a problem that the registry itself reports, with what it means and what to do; `docs/errors.md` lists them. */
export const registryProblemCodes = {
  PTL1401: "Another source says the object already and owns it. Change it there, or remove it there first.",
  PTL1402: "Two documents of the files describe one object; the first by path and position stands. Remove one.",
  PTL1403: "A write removes an object that does not exist.",
  PTL1404: "A file or folder is there and cannot be read; what it said before stays.",
  PTL1405: "One write says an object more than once.",
  PTL1406: "A write is empty.",
  PTL1407: "A host has no VIP, because the pools are used up. Give it an address, or use larger pools.",
} as const;

export type RegistryProblemCode = keyof typeof registryProblemCodes;
