/** `echo.ts PORT`: sends every datagram back: what Node's dgram allows at most. */
import { createSocket } from "node:dgram";

const socket = createSocket({
  type: "udp4",
  recvBufferSize: 4 * 1024 * 1024,
  lookup: (host, _options, done) => done(null, host, 4),
});
socket.on("message", (message, from) => {
  // A response, so that the load is counted as it is for the others.
  message[2]! |= 0x80;
  socket.send(message, from.port, from.address);
});
socket.bind(Number(process.argv[2]), "127.0.0.1", () => console.log("ready"));
