// A chat client made of npm's `ws` and `@msgpack/msgpack`: says COUNT lines, prints what it saw.
// usage: node chat.js WS_URL ACCESS ROOM COUNT EXPECTED
import { decode, encode } from "@msgpack/msgpack";
import WebSocket from "ws";

const [url, access, room, count, expected] = process.argv.slice(2);
const ws = new WebSocket(url, ["glimpse.v1.msgpack"]);
const seen = [];
const say = (frame) => ws.send(encode(frame));
const giveUp = setTimeout(() => process.exit(3), 20_000);

ws.on("open", () => say({ op: "hello", id: 1, token: access }));
ws.on("message", (data, isBinary) => {
  if (!isBinary) process.exit(4);
  const frame = decode(data);
  if (frame.re !== undefined && frame.ok !== true) {
    console.error(frame);
    process.exit(5);
  }
  if (frame.re === 1) say({ op: "room.open", id: 2, room });
  if (frame.re === 2) {
    for (const event of frame.events) seen.push([event.seq, event.body]);
    for (let i = 0; i < Number(count); i++) {
      say({ op: "msg.send", id: 10 + i, room, cid: `node-${i}`, kind: "text", body: `node ${i}` });
    }
  }
  if (frame.ev === "msg.new") seen.push([frame.seq, frame.body]);
  if (seen.length === Number(expected)) {
    clearTimeout(giveUp);
    console.log(JSON.stringify(seen));
    ws.close(1000);
  }
});
ws.on("error", (error) => {
  console.error(error);
  process.exit(6);
});
