// English words of papers that show who belongs.

export default {
  "paper.other": "I have no such mail",
  "paper.title": "Show a paper",
  "paper.text": "An employee or student card, or a letter. A person looks at it, nobody in the group does.",
  "paper.file": "Picture or PDF",
  "paper.hint": "Cover what isn’t needed, such as numbers. It is kept under lock and destroyed with the decision, or after 14 days.",
  "paper.send": "Hand it in",
  "paper.unreadable": "This can’t be read. A picture or a PDF works.",
  "paper.large": "This is too large. Up to 4 MB fits.",
  "paper.later": "Another paper can be handed in a day after the last answer.",
  "paper.open": ({ when }) => `We’re looking at your paper. You’ll hear by ${when} at the latest.`,
  "paper.expired": "We didn’t get to your paper in time and have destroyed it. Please hand it in again.",
  "paper.refused.unreadable": "Your paper couldn’t be read. Please try again tomorrow with a clearer picture.",
  "paper.refused.unproven": "Your paper didn’t show that you belong here. You can hand in another one tomorrow.",
  "paper.refused.outdated": "Your paper is out of date. You can hand in another one tomorrow.",
  "paper.refused.other_person": "The paper seems to be somebody else’s. You can hand in your own tomorrow.",
  "paper.in": "Welcome! Your paper was good.",
};
