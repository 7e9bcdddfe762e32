// 모임 사람인지 보여 주는 서류.

export default {
  "paper.other": "메일이 없어요",
  "paper.title": "서류로 확인하기",
  "paper.text": "사원증이나 학생증, 재직·재학증명서면 돼요. 담당자만 보고, 모임 사람들은 보지 못해요.",
  "paper.file": "사진 또는 PDF",
  "paper.hint": "주민등록번호처럼 필요 없는 부분은 가려 주세요. 암호화해 보관하고, 확인이 끝나거나 14일이 지나면 지워요.",
  "paper.send": "제출하기",
  "paper.unreadable": "열 수 없는 파일이에요. 사진이나 PDF를 골라 주세요.",
  "paper.large": "파일이 너무 커요. 4MB까지 올릴 수 있어요.",
  "paper.later": "답을 받은 뒤 하루가 지나면 다시 낼 수 있어요.",
  "paper.open": ({ when }) => `서류를 보고 있어요. 늦어도 ${when}까지 알려 드릴게요.`,
  "paper.expired": "제때 확인하지 못해 서류를 지웠어요. 번거롭겠지만 다시 내 주세요.",
  "paper.refused.unreadable": "서류를 읽을 수 없었어요. 내일 더 선명한 사진으로 다시 내 주세요.",
  "paper.refused.unproven": "이 모임 사람인지 확인하지 못했어요. 내일 다른 서류를 낼 수 있어요.",
  "paper.refused.outdated": "기간이 지난 서류예요. 내일 다른 서류를 낼 수 있어요.",
  "paper.refused.other_person": "다른 사람의 서류 같아요. 내일 본인 서류를 낼 수 있어요.",
  "paper.in": "확인됐어요. 반가워요!",
};
