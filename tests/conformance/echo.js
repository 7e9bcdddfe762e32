// npm's `ws` against an echo: texts, bytes, fragments, pings, and a close with a code and a reason.
// usage: node --input-type=module - WS_URL < echo.js, where `ws` is installed
import WebSocket from "ws";

const bodies = ["", "안녕, κόσμε 👋", "x".repeat(125), "x".repeat(126), "x".repeat(65_536)];
bodies.push(Buffer.alloc(0), Buffer.from([0, 255, 128]), Buffer.alloc(65_535, 7));
const ws = new WebSocket(process.argv[2], { perMessageDeflate: true }); // Offered, not granted.
const seen = [];
const giveUp = setTimeout(() => process.exit(3), 20_000);

ws.on("open", () => {
  if (ws.extensions !== "") process.exit(4);
  for (const body of bodies) ws.send(body);
  ws.send("one ", { fin: false });
  ws.ping("between");
  ws.send("two", { fin: true });
});
ws.on("pong", (data) => seen.push(`pong ${data}`));
ws.on("message", (data, isBinary) => {
  seen.push(isBinary ? data : data.toString());
  if (seen.length === bodies.length + 2) ws.close(3456, "그럼 이만");
});
ws.on("close", (code) => {
  const wanted = [...bodies, "pong between", "one two"];
  const same = wanted.every((body, n) =>
    typeof body === "string" ? body === seen[n] : body.equals(seen[n]),
  );
  clearTimeout(giveUp);
  process.exit(code !== 3456 ? 5 : same ? 0 : 6);
});
ws.on("error", (error) => {
  console.error(error);
  process.exit(7);
});
