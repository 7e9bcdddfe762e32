// English words for likes: what they cost, and taking them back.

const likes = (n) => `${n} ${n === 1 ? "like" : "likes"}`;

export default {
  "likes.free": ({ n }) => `Today’s free: ${likes(n)}`,
  "likes.credits": ({ n }) => `Each like takes a credit. You have ${n}`,
  "likes.none": "That was today’s like. There’ll be a new one tomorrow",
  "likes.premium": ({ supers }) => `Premium: as many as you like, ${supers} of them super today`,
  "like.super": "A super-like: they read your line once it’s mutual",
  "like.super.line": "A line for later (100 characters)",
  "like.shown": "Premium members may see that it’s me",
  "like.back": "Take back",
  "like.back.of": ({ name }) => `Take back what you noted about ${name}`,
  "like.back.title": "Take it back?",
  "like.back.text": "Nobody learns of it. What it took isn’t given back, and after 14 days you can like them again.",
  "like.back.premium": "Nobody learns of it. Within 5 minutes your latest like comes back whole; later you can like them again after 14 days.",
  "like.back.done": "Taken back. Nobody saw it.",
};
