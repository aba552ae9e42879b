/** The part of a `Storage` that the chat needs. */
export type ChatStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The browser's storage; where the user has forbidden it, one that holds nothing. */
export function pageStorage(storage: () => Storage): ChatStorage {
  try {
    return storage();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return { getItem: () => null, setItem() {}, removeItem() {} };
  }
}
