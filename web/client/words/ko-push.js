// Korean words of pushes.

export default {
  "pushes.title": "푸시 알림",
  "pushes.text": "무엇을 언제 알릴지 골라요.",
  "pushes.open": "고르기",
  "pushes.hint": "알림에는 이름도 내용도 담기지 않아요. 앱을 열어야 무슨 소식인지 보여요.",
  "pushes.message": "새 메시지",
  "pushes.match": "서로 마음이 통했을 때",
  "pushes.likes": "나를 좋아하는 사람이 늘었을 때",
  "pushes.invitation": "모임에 들어가게 됐을 때",
  "pushes.verification": "서류 확인 결과",
  "pushes.payment": "결제와 환불",
  "pushes.subscription": "이용 기간이 곧 끝날 때",
  "pushes.system": "그 밖의 안내",
  "pushes.quiet": "방해 금지 시간",
  "pushes.quiet.text": "이 시간에 온 소식은 끝난 뒤에 알려요.",
  "pushes.quiet.start": "시작",
  "pushes.quiet.end": "끝",
  "agree.push": "푸시 알림",
  "agree.push.text": "휴대전화 앱에 새 소식이 있다고 알려요.",
  "agree.overseas": "국외 이전",
  "agree.overseas.text": "푸시 알림을 보내려고 기기의 알림 주소를 미국의 구글에 전해요.",
};
