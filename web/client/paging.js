// Lists that come in pages, followed to a bound.

/** The client opens at most 100 rooms; more than that in a list helps nobody on a phone. */
export const OPEN_MODEL_ROOMS = 100;

/** Follows the cursor of `fetchPage(cursor)` until there is no more or `max` items are there. */
export async function pages(fetchPage, max) {
  const items = [];
  let cursor;
  do {
    const page = await fetchPage(cursor);
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor && items.length < max);
  return items.slice(0, max);
}
