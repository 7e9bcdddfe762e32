// 마음 보내기에 쓰는 말: 얼마나 드는지, 어떻게 거두는지.

export default {
  "likes.free": ({ n }) => `오늘 ${n}번은 그냥 보낼 수 있어요`,
  "likes.credits": ({ n, each }) => `한 번 보낼 때 ${each}크레딧을 써요. 지금 ${n}크레딧이 있어요`,
  "likes.none": "오늘은 다 보냈어요. 내일 다시 보낼 수 있어요",
  "likes.premium": ({ supers }) => `프리미엄이라 마음껏 보낼 수 있어요. 특별한 마음은 오늘 ${supers}번 남았어요`,
  "like.super": "특별한 마음: 서로 이어진 뒤에 내 한마디가 보여요",
  "like.super.line": "나중에 보일 한마디 (100자)",
  "like.shown": "프리미엄 회원에게는 나인 것을 보여도 좋아요",
  "like.back": "거두기",
  "like.back.of": ({ name }) => `${name}님에게 보낸 마음 거두기`,
  "like.back.title": "보낸 마음을 거둘까요?",
  "like.back.nobody": "아무도 알지 못해요.",
  "like.back.text": ({ days }) => `아무도 알지 못해요. 쓴 것은 돌아오지 않고, ${days}일 뒤에 다시 보낼 수 있어요.`,
  "like.back.premium": ({ days, minutes }) => `아무도 알지 못해요. 가장 최근 마음은 ${minutes}분 안에 그대로 돌아오고, 그 뒤에는 ${days}일이 지나야 다시 보낼 수 있어요.`,
  "like.back.done": "거두었어요. 아무도 보지 못했어요.",
};
