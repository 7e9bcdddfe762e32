// 모임에 들어오는 문.

export default {
  "door.entry": "누가 들어올 수 있나요?",
  "door.entry.open": "누구나",
  "door.entry.approval": "내가 승인한 사람",
  "door.entry.invite": "초대받은 사람",
  "door.title": "초대받아 들어가기",
  "door.code": "초대 코드",
  "door.wrong": "코드가 다르거나 이제 쓸 수 없는 초대예요.",
  "door.asks": "들어오고 싶어 해요",
  "door.admit": "받아들이기",
  "door.refuse": "다음에",
  "door.make": "초대하기",
  "door.make.text": "코드가 있는 사람은 바로 들어와요. 7일 동안 쓸 수 있어요.",
  "door.uses": "몇 명을 초대할까요?",
  "door.made": "초대장이 나왔어요",
  "door.made.text": "지금만 볼 수 있어요. 부르고 싶은 사람에게 전해 주세요.",
  "door.link": "링크",
  "door.done": "확인했어요",
};
