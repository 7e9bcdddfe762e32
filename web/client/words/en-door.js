// The doors of groups.

export default {
  "door.entry": "Who may come in?",
  "door.entry.open": "Anybody",
  "door.entry.approval": "Whoever you say yes to",
  "door.entry.invite": "Whoever has an invitation",
  "door.title": "Come in by invitation",
  "door.code": "Invitation code",
  "door.wrong": "This invitation isn’t good any more, or it has a typo.",
  "door.asks": "Asking to come in",
  "door.admit": "Let in",
  "door.refuse": "Not now",
  "door.make": "Invite people",
  "door.make.text": "Whoever has the code comes in at once. It is good for 7 days.",
  "door.uses": "For how many?",
  "door.made": "Here is your invitation",
  "door.made.text": "It is shown only now. Pass it on to whom you mean.",
  "door.link": "Link",
  "door.done": "Done",
};
