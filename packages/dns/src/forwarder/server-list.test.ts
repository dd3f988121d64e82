import { describe, expect, it } from "vitest";
import { createServerList } from "./server-list.ts";

const upstream = (last: number) => ({ address: `192.0.2.${last}`, port: 53 }) as never;

describe("upstreams", () => {
  it("F-25 one that failed twice in a row is asked after the others, but first by one question in 32", () => {
    const servers = createServerList([upstream(1), upstream(2), upstream(3)], new Int32Array(3));
    const [one, two, three] = servers.all;
    expect(servers.order()).toEqual([one, two, three]);
    one!.failuresInRow = 1;
    expect(servers.order()).toEqual([one, two, three]);
    one!.failuresInRow = 2;
    const orders = Array.from({ length: 64 }, () => servers.order());
    expect(orders.filter(([first]) => first === one).length).toBe(2);
    expect(orders.filter((order) => order[0] === two && order[1] === three && order[2] === one).length).toBe(62);
    one!.failuresInRow = 0;
    expect(servers.order()).toEqual([one, two, three]);
  });

  it("dns case 47 whether one asks us back is looked into each time that it goes down, and now and then while it is", () => {
    const heard: number[] = [];
    const servers = createServerList([upstream(1)], new Int32Array(1), (server) => heard.push(server.failures));
    const [one] = servers.all;
    const fail = (times: number) => {
      for (let i = 0; i < times; i++) servers.failed(one!);
    };
    fail(1);
    one!.failuresInRow = 0;
    fail(70);
    one!.failuresInRow = 0;
    fail(2);
    expect(heard).toEqual([3, 67, 73]);
  });

  it("dns case 47 one that asks us back is not asked, whether the others answer or not", () => {
    const loops = new Int32Array(2);
    const servers = createServerList([upstream(1), upstream(2)], loops);
    loops[0] = 1;
    expect(servers.order()).toEqual([servers.all[1]]);
    servers.all[1]!.failuresInRow = 2;
    expect(servers.order()).toEqual([servers.all[1]]);
    loops[1] = 1;
    expect(servers.order()).toEqual([]);
  });
});
