// English words for likes: what they cost, and taking them back.

const likes = (n) => `${n} ${n === 1 ? "like" : "likes"}`;

export default {
  "likes.free": ({ n }) => `Today’s free: ${likes(n)}`,
  "likes.credits": ({ n, each }) => `Each like takes ${each === 1 ? "a credit" : `${each} credits`}. You have ${n}`,
  "likes.none": "That was today’s like. There’ll be a new one tomorrow",
  "likes.premium": ({ supers }) => `Premium: as many as you like, ${supers} of them super today`,
  "like.super": "A super-like: they read your line once it’s mutual",
  "like.super.line": "A line for later (100 characters)",
  "like.shown": "Premium members may see that it’s me",
  "like.back": "Take back",
  "like.back.of": ({ name }) => `Take back what you noted about ${name}`,
  "like.back.title": "Take it back?",
  "like.back.nobody": "Nobody learns of it.",
  "like.back.text": ({ days }) => `Nobody learns of it. What it took isn’t given back, and after ${days} days you can like them again.`,
  "like.back.premium": ({ days, minutes }) => `Nobody learns of it. Within ${minutes} minutes your latest like comes back whole; later you can like them again after ${days} days.`,
  "like.back.done": "Taken back. Nobody saw it.",
};
