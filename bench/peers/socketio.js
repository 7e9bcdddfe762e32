// The Socket.IO peer: rooms as its documentation shows them, websocket only, no compression.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  serveClient: false,
});
const seqs = new Map();
let aliases = 0;

io.on("connection", (socket) => {
  const alias = String(++aliases).padStart(16, "a"); // As long as an id of Glimpse.

  socket.on("join", (room, ack) => {
    socket.join(room);
    ack({ ok: true, seq: seqs.get(room) ?? 0 });
  });

  socket.on("send", ({ room, cid, kind, body }, ack) => {
    const seq = (seqs.get(room) ?? 0) + 1;
    seqs.set(room, seq);
    io.to(room).emit("msg", { room, seq, at: Date.now(), from: alias, cid, kind, body });
    ack({ ok: true, seq });
  });
});

http.listen(0, "127.0.0.1", () => {
  console.log(`ready http://127.0.0.1:${http.address().port}`);
});
process.on("SIGTERM", () => process.exit(0));
