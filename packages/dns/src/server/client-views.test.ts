import { expect, it } from "vitest";
import { createClientViews } from "./client-views.ts";

function views(known: Record<string, number | undefined>) {
  const made: string[] = [];
  const clients = createClientViews({
    numberFor: (address) => {
      made.push(address);
      return known[address];
    },
    knownNumber: (address) => known[address],
  });
  return { clients, known, made };
}

it("a publication that changes nobody's view is no news, and nobody has to ask again", () => {
  const { clients, made } = views({ "10.0.0.1": 1, "10.0.0.2": 0 });
  expect([clients.numberFor("10.0.0.1"), clients.numberFor("10.0.0.2")]).toEqual([1, 0]);
  expect(clients.published()).toBeUndefined();
  expect(made).toEqual(["10.0.0.1", "10.0.0.2"]);
});

it("those whose zone is another are told, those whose zone is not there are to ask, once each", () => {
  const { clients, known } = views({ a: 1, b: 2, c: 0, d: undefined });
  for (const address of ["a", "b", "c", "d"]) clients.numberFor(address);
  known.a = 7;
  known.b = undefined;
  known.d = undefined;
  expect(clients.published()).toEqual({ changed: [["a", 7]], forgotten: ["b", "d"] });
  expect(clients.published()).toBeUndefined();
});

it("too many clients are not followed: all are asked about anew", () => {
  const { clients } = views({});
  for (let i = 0; i < 2_049; i++) clients.numberFor(`10.0.${i >> 8}.${i & 255}`);
  expect(clients.published()).toEqual({ changed: [], forgotten: "all" });
  expect(clients.published()).toBeUndefined();
});
