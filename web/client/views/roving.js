// One stop of the Tab key for a long list: arrows move between its items, Enter opens what can be done with one.

const INNER = "button, a";

/** `selector` finds the items; `onopen(item)` is Enter on one. `refresh()` after the list has changed. */
export function rove(list, selector, { onopen }) {
  let current = null;
  const within = (item, tabindex) => {
    item.tabIndex = tabindex;
    for (const control of item.querySelectorAll(INNER)) control.tabIndex = tabindex;
  };
  const choose = (item) => {
    if (current && current !== item) within(current, -1);
    current = item;
    if (item) within(item, 0);
  };
  const move = (step) => {
    const items = [...list.querySelectorAll(selector)];
    const at = items.indexOf(current);
    const next = items[Math.min(Math.max(at + step, 0), items.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    ArrowUp: () => move(-1), ArrowDown: () => move(1), Home: () => move(-Infinity), End: () => move(Infinity),
  };
  list.addEventListener("focusin", (event) => choose(event.target.closest(selector)));
  list.addEventListener("keydown", (event) => {
    const item = event.target.closest(selector);
    if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
    if (Object.hasOwn(keys, event.key)) {
      event.preventDefault();
      keys[event.key]();
    } else if (event.key === "Enter" && event.target === item) {
      event.preventDefault();
      onopen(item);
    }
  });
  return {
    refresh() {
      const stays = current?.isConnected && (current.contains(document.activeElement) || current === document.activeElement);
      choose(stays ? current : [...list.querySelectorAll(selector)].at(-1) ?? null);
    },
  };
}
