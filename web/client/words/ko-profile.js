// 모임 안의 내 프로필.

export default {
  "profile.edit": "고치기",
  "profile.title": "이 모임의 나",
  "profile.text": "다른 모임에서는 보이지 않아요.",
  "profile.name.hint": "한 번 바꾼 이름은 7일 동안 그대로예요.",
  "profile.name.kept": ({ when }) => `이름은 ${when}부터 다시 바꿀 수 있어요.`,
  "profile.name.taken": "비슷해 보이는 이름이 이 모임에 이미 있어요.",
  "profile.bio": "짧은 소개",
  "profile.interests": "관심사",
  "profile.interests.hint": "쉼표로 나눠 적어 주세요",
  "profile.save": "저장하기",
  "photo.title": "사진",
  "photo.choose": "사진 고르기",
  "photo.remove": "사진 지우기",
  "photo.hint": "여기서 이어진 사람과 서로 보여 주기로 했을 때만 보여요. 찍은 곳과 시간은 지워져요.",
  "photo.mine": "이 모임의 내 사진",
  "photo.unreadable": "이 사진은 열 수 없어요. 다른 사진을 골라 주세요.",
};
