/** Resolves in a task of its own: what a page's parts all begin at once would together keep it from answering a key. */
export function ownTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
