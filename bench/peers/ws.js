// The `ws` peer: each event encoded once, `send` for each member, no compression.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
const rooms = new Map();
let aliases = 0;

function open(socket, { id, room: name }) {
  const room = rooms.get(name) ?? { seq: 0, members: new Set() };
  rooms.set(name, room);
  room.members.add(socket);
  socket.on("close", () => room.members.delete(socket));
  socket.send(JSON.stringify({ re: id, ok: true, seq: room.seq }));
}

function send(socket, alias, { id, room: name, cid, kind, body }) {
  const room = rooms.get(name);
  const seq = ++room.seq;
  const at = Date.now();
  const event = { ev: "msg.new", room: name, seq, at, from: alias, cid, kind, body };
  const text = Buffer.from(JSON.stringify(event));
  for (const member of room.members) member.send(text, { binary: false });
  socket.send(JSON.stringify({ re: id, ok: true, seq }));
}

server.on("connection", (socket) => {
  const alias = String(++aliases).padStart(16, "a"); // As long as an id of Glimpse.
  socket.on("message", (data) => {
    const request = JSON.parse(data);
    if (request.op === "room.open") open(socket, request);
    else send(socket, alias, request);
  });
});
server.on("listening", () => {
  console.log(`ready http://127.0.0.1:${server.address().port}`);
});
process.on("SIGTERM", () => process.exit(0));
