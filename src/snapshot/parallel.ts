/** Does the work on every item, on so many at a time; the results are in the order of the items. */
export const inParallel = async <Item, Result>(
  items: Iterable<Item>,
  most: number,
  work: (item: Item) => Result | Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = [];
  const queue = items[Symbol.iterator]();
  let count = 0;
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      const index = count++;
      results[index] = await work(next.value);
    }
  };
  await Promise.all(Array.from({ length: most }, worker));
  return results;
};
