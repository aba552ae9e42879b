/** The part of a `Storage` that the page needs. */
export type PageStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The browser's storage; where the user has forbidden it, one that holds nothing. */
export function pageStorage(storage: () => Storage): PageStorage {
  try {
    return storage();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return { getItem: () => null, setItem() {}, removeItem() {} };
  }
}

/** The browser's storage with all that it can do; undefined where the user has forbidden it. */
export function fullStorage(storage: () => Storage): Storage | undefined {
  try {
    return storage();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return undefined;
  }
}
