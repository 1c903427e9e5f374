// What the server told: chats, messages, what was read. Nothing here touches the page.

export const state = {
  /** The bot's name in links to it. */
  bot: "",
  people: [],
  chats: [],
  faults: {},
  /** The shop beside the chat; null where there is none. */
  shop: null,
  /** Minutes by which the page's clock is ahead of UTC. */
  clockAhead: 0,
  /** Messages by chat, then by number. */
  messages: new Map(),
  /** The chat that is open; null on a phone's list. */
  open: null,
  /** By chat: how many came unread, and whether one had a sound. */
  unread: new Map(),
};

export const chatOf = (id) => state.chats.find((chat) => chat.id === id);

export const current = () => chatOf(state.open);

export function messagesOf(chatId) {
  if (!state.messages.has(chatId)) state.messages.set(chatId, new Map());
  return state.messages.get(chatId);
}

export const inOrder = (chatId) => [...messagesOf(chatId).values()].sort((one, other) => one.id - other.id);

export const lastOf = (chatId) => inOrder(chatId).at(-1);

export function takeOverview(overview) {
  Object.assign(state, overview);
}

export function takeAll(messages) {
  state.messages.clear();
  state.unread.clear();
  for (const message of messages) messagesOf(message.chat).set(message.id, message);
}

export function takeNews({ what, chat, pins, message }) {
  if (what === "delete") messagesOf(chat).delete(message.id);
  else messagesOf(chat).set(message.id, message);
  const talk = chatOf(chat);
  if (talk) talk.pins = pins;
}

export function countUnread(message) {
  const before = state.unread.get(message.chat) ?? { count: 0, loud: false };
  state.unread.set(message.chat, { count: before.count + 1, loud: before.loud || !message.silent });
}
