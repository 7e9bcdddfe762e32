// English words of one's own profile in a group.

export default {
  "profile.edit": "Edit",
  "profile.title": "Me in this group",
  "profile.text": "No other group sees this.",
  "profile.name.hint": "Once changed, a name stays for 7 days.",
  "profile.name.kept": ({ when }) => `You can change your name again on ${when}.`,
  "profile.name.taken": "Somebody here has a name that looks like this one.",
  "profile.bio": "A few words",
  "profile.interests": "Interests",
  "profile.interests.hint": "Separated by commas",
  "profile.save": "Save",
  "photo.title": "Photo",
  "photo.choose": "Choose a photo",
  "photo.remove": "Take it away",
  "photo.hint": "Only who you match with here sees it, and only once you both choose to. Place and time are taken out of it.",
  "photo.mine": "My photo in this group",
  "photo.unreadable": "This picture can’t be read. Please choose another one.",
};
