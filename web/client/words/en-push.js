// English words of pushes.

export default {
  "pushes.title": "Push notifications",
  "pushes.text": "Choose what you’re told of, and when.",
  "pushes.open": "Choose",
  "pushes.hint": "A notification holds no name and no text. You see what it’s about in the app.",
  "pushes.message": "New messages",
  "pushes.match": "A match",
  "pushes.likes": "More people like you",
  "pushes.invitation": "A group let you in",
  "pushes.verification": "Your papers were looked at",
  "pushes.payment": "Payments and refunds",
  "pushes.subscription": "Your plan ends soon",
  "pushes.system": "Everything else",
  "pushes.quiet": "Quiet hours",
  "pushes.quiet.text": "What comes meanwhile is told when they end.",
  "pushes.quiet.start": "From",
  "pushes.quiet.end": "To",
  "agree.push": "Push notifications",
  "agree.push.text": "The app on your phone is told that there’s news.",
  "agree.overseas": "Transfer abroad",
  "agree.overseas.text": "To send push notifications, your device’s address for them goes to Google in the US.",
};
